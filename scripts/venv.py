"""Build .venv from pyproject.toml, once per change of it; standard library only, for nothing is installed yet."""

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# Disk: `du -sh .venv`, Python 3.11, x86-64, default build of torch, which carries CUDA; a CPU build is much smaller.
DOWNLOAD_GB, DISK_GB = 3.0, 7.5
# A missing shared library, and the Debian package that holds it.
SYSTEM_LIBRARIES = {
    "libGL.so": "libgl1",
    "libgthread": "libglib2.0-0",
    "libglib": "libglib2.0-0",
    "libxcb": "libxcb1",
    "libSM": "libsm6",
    "libXext": "libxext6",
    "libXrender": "libxrender1",
    "libgomp": "libgomp1",
}


def requirements(kind: str) -> list[str]:
    """Return the requirement lines of ``runtime`` or ``dev`` (which holds the runtime's)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = project["optional-dependencies"]["dev"] if kind == "dev" else []
    return [*project["dependencies"], *extra]


def digest(kind: str) -> str:
    """Return what the stamp holds: it changes with the dependencies and pip's arguments."""
    parts = [*requirements(kind), os.environ.get("MALL_PIP_ARGS", "")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_current(kind: str) -> bool:
    """Tell whether .venv already holds these requirements; a dev environment serves the runtime too."""
    if not (VENV / "bin" / "python").exists():
        return False
    kinds = ("dev",) if kind == "dev" else ("runtime", "dev")
    return any(stamp(k).is_file() and stamp(k).read_text(encoding="utf-8") == digest(k) for k in kinds)


def stamp(kind: str) -> Path:
    """Return the file that says which requirements stand in .venv."""
    return VENV / f"mallflow-{kind}.sha256"


def library_advice(error: str) -> str | None:
    """Name the Debian package of a missing system library that a loader error speaks of."""
    for library, package in SYSTEM_LIBRARIES.items():
        if library in error:
            return f"{library} is missing on this machine; on Debian or Ubuntu: apt-get install {package}"
    return None


def refuse(text: str) -> None:
    """Leave with one line and exit code 2."""
    print(f"make: {text}", file=sys.stderr)
    raise SystemExit(2)


def install(kind: str) -> None:
    """Create .venv where there is none and install the requirements, with pip's own progress."""
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    print(
        f"Installing into {VENV}: downloads about {DOWNLOAD_GB:g} GB and needs about {DISK_GB:g} GB on disk "
        f"({free_gb:.0f} GB free).\nThis happens once. Without an NVIDIA card a CPU build of torch is much smaller: "
        "see docs/operator.md, MALL_PIP_ARGS.",
        file=sys.stderr,
    )
    if not (VENV / "bin" / "python").exists():
        if importlib.util.find_spec("ensurepip") is None:
            refuse(f"{sys.executable} cannot make environments; on Debian or Ubuntu: apt-get install python3-venv")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    extra = shlex.split(os.environ.get("MALL_PIP_ARGS", ""))
    if subprocess.run([*pip, *requirements(kind), *extra], check=False).returncode:
        refuse("pip could not install the requirements; its message stands above (run make again to resume)")


def check_imports() -> None:
    """Refuse where cv2, or torch with torchvision, cannot be imported together, naming what is missing."""
    for code, what in (("import cv2", "opencv-python"), ("import torch, torchvision.ops", "torch and torchvision")):
        done = subprocess.run([str(VENV / "bin" / "python"), "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            refuse(library_advice(done.stderr) or f"{what} does not import: {last}")


def main() -> None:
    """Install what ``sys.argv[1]`` names (``runtime`` or ``dev``), or do nothing where it stands already."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "runtime"
    if is_current(kind):
        return
    install(kind)
    check_imports()
    stamp(kind).write_text(digest(kind), encoding="utf-8")


if __name__ == "__main__":
    main()
