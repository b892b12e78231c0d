"""What was replaced, kept so that the last changes can be taken back, one after another.

A step is a folder ``<number>`` in the state folder's ``setup/versions``: ``step.json`` and the bytes replaced.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mall.setup.files import digest_of_file, write_files

KEPT = 20
ROW = "step.json"


@dataclass(frozen=True, slots=True)
class Step:
    """One change: what, who and when (ISO 8601, UTC); ``files``: path -> digest of what was written there."""

    number: int
    what: str
    who: str
    at: str
    files: Mapping[str, str]

    def is_untouched(self) -> bool:
        """Tell whether its files still hold what it wrote; else taking it back would lose somebody's later work."""
        return all(digest_of_file(Path(path)) == digest for path, digest in self.files.items())


class Versions:
    """The steps of one site, oldest first.

    Args:
        folder: the state folder's ``setup/versions``; made at the first step.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def steps(self) -> list[Step]:
        """Return the steps that can be read."""
        found = [_read(path) for path in self._folder.glob("[0-9]*") if path.name.isdigit()]
        return sorted((step for step in found if step is not None), key=lambda step: step.number)

    def replace(self, files: Mapping[Path, bytes | None], *, what: str, who: str, at: str) -> Step:
        """Keep what the files hold, then write them (None: take one away); OSError leaves no step behind."""
        # A folder that a power cut left without its row is no step, but its number is taken.
        number = max((int(path.name) for path in self._folder.glob("[0-9]*") if path.name.isdigit()), default=0) + 1
        place = self._folder / str(number)
        place.mkdir(mode=0o700, parents=True)
        row = {"what": what, "who": who, "at": at, "files": {}}
        try:
            for index, path in enumerate(files):
                held = path.read_bytes() if path.exists() else None
                if held is not None:
                    (place / f"{index}").write_bytes(held)
                row["files"][str(path)] = {"kept": None if held is None else f"{index}"}  # type: ignore[index]
            write_files(files)
            for path in files:
                row["files"][str(path)]["written"] = digest_of_file(path)  # type: ignore[index]
            write_files({place / ROW: json.dumps(row, ensure_ascii=False).encode()})
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        self._forget()
        return _read(place) or Step(number, what, who, at, {})

    def before(self, step: Step) -> dict[Path, bytes | None]:
        """Return what the files of a step held before it, byte for byte; None where one was not there."""
        place = self._folder / str(step.number)
        row = json.loads((place / ROW).read_text(encoding="utf-8"))
        kept = {Path(path): file["kept"] for path, file in row["files"].items()}
        return {path: None if name is None else (place / name).read_bytes() for path, name in kept.items()}

    def undo(self, step: Step) -> None:
        """Put back, byte for byte, what a step replaced, and forget the step."""
        write_files(self.before(step))
        shutil.rmtree(self._folder / str(step.number))

    def _forget(self) -> None:
        for step in self.steps()[:-KEPT]:
            shutil.rmtree(self._folder / str(step.number), ignore_errors=True)


def _read(place: Path) -> Step | None:
    try:
        row: dict[str, Any] = json.loads((place / ROW).read_text(encoding="utf-8"))
        files = {path: file["written"] for path, file in row["files"].items()}
        return Step(int(place.name), row["what"], row["who"], row["at"], files)
    except (OSError, ValueError, KeyError, TypeError):
        return None
