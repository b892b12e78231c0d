"""The detector that comes with the project: checked against sums written here before a byte of it is used."""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from vision.detector import WeightsRefusedError

FOLDER = Path(__file__).resolve().parent / "weights"
SHA256 = {
    "person_n.xml": "9696108d8b73e70e90de7dab05c42613f97242d2b1c244d049d68bc152ae451d",
    "person_n.bin": "66244b27288a1f7ac916415879d00a3d1c7adf7e87f40321bfbc13c773d067e9",
    "metadata.yaml": "06c18f9e2ed9a9b9cb46c7cf942b0d8da607ccc5ab9e0074e0e6bbc271ab3dda",
}
STUDENT_SHA256 = "7d77d72b489e3d59a145b85485ddf0b2495963397895e93ddda2581e5f9a1418"
"""Of ``person_n.pt``, the floating-point weights that the embedded detector was made from; for ``distill`` only."""


@dataclass(frozen=True, slots=True)
class Card:
    """What was measured about the embedded detector, from ``embedded.json``.

    Attributes:
        digest: first digits of its sums, as ``Detector.digest``.
        recall, precision: on frames it never saw; footage: sha256 -> name of the recordings they speak for.

    """

    name: str
    digest: str
    recall: float
    precision: float
    footage: dict[str, str]

    def covers(self, recording: Path) -> bool:
        """Tell whether a file is one of the recordings that the figures speak for."""
        return recording.is_file() and sha256_of(recording) in self.footage


def embedded_card() -> Card:
    """Read the card."""
    row = json.loads((FOLDER / "embedded.json").read_text(encoding="utf-8"))
    return Card(row["name"], _digest(), row["unseen"]["recall"], row["unseen"]["precision"], row["fit_for"])


def _digest() -> str:
    joined = hashlib.sha256((FOLDER / "person_n.xml").read_bytes())
    joined.update((FOLDER / "person_n.bin").read_bytes())
    return joined.hexdigest()[:16]


def embedded_folder() -> Path:
    """Return the folder of the embedded detector after checking every file of it.

    Raises:
        WeightsRefusedError: if a file is missing or differs from what was released.

    """
    for name, expected in SHA256.items():
        path = FOLDER / name
        if not path.is_file():
            raise WeightsRefusedError(f"{path}: missing; reinstall the project or set `weights`")
        if sha256_of(path) != expected:
            raise WeightsRefusedError(f"{path}: differs from what was released; reinstall the project")
    return FOLDER


def embedded_student() -> Path:
    """Return the weights that the embedded detector can be trained further from, after checking them.

    Raises:
        WeightsRefusedError: if the file is missing or differs from what was released.

    """
    path = FOLDER / "person_n.pt"
    if not path.is_file() or sha256_of(path) != STUDENT_SHA256:
        raise WeightsRefusedError(f"{path}: missing, or differs from what was released; reinstall the project")
    return path


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_footage(recordings: list[Path]) -> None:
    """Write into the card that its figures speak for exactly these recordings."""
    path = FOLDER / "embedded.json"
    row = json.loads(path.read_text(encoding="utf-8"))
    row["fit_for"] = {sha256_of(recording): recording.name for recording in recordings}
    path.write_text(json.dumps(row, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    name_footage([Path(argument) for argument in sys.argv[1:]])
