"""Keep the vendors' libraries from talking: called before any of them is imported.

Ultralytics posts usage while its setting ``sync`` is on (its default) and pip-installs what it misses; ``import
openvino`` and NNCF send an event through ``openvino_telemetry`` unless the user opted out, and stay silent where ``CI``
is set, so that a build machine never shows it.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SETTINGS = {"sync": False, "api_key": ""}
_ENVIRONMENT = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",
    "YOLO_VERBOSE": "false",
    "NO_ALBUMENTATIONS_UPDATE": "1",
}


def silence_vendors() -> None:
    """Switch off telemetry, automatic installs and unsafe loading for this process and its children.

    Nothing outside a private configuration folder is written; the user's own Ultralytics settings stay as they are.

    Raises:
        RuntimeError: if a vendor was imported first, when it is too late.

    """
    os.environ.update(_ENVIRONMENT)
    _block_openvino_telemetry()
    if "ultralytics" not in sys.modules:
        os.environ["YOLO_CONFIG_DIR"] = str(_private_config())
    elif os.environ.get("YOLO_CONFIG_DIR") != str(config_folder()):
        raise RuntimeError("ultralytics was imported before vision.quiet.silence_vendors()")


def _block_openvino_telemetry() -> None:
    """Make ``import openvino_telemetry`` fail, upon which OpenVINO and NNCF use their own silent stand-ins."""
    if sys.modules.get("openvino_telemetry") is not None:
        raise RuntimeError("openvino was imported before vision.quiet.silence_vendors()")
    modules: dict[str, Any] = sys.modules
    modules["openvino_telemetry"] = None


def config_folder() -> Path:
    """Return the private folder of the vendors' settings."""
    return Path(tempfile.gettempdir()) / f"mallflow-vendors-{os.getuid()}"


def _private_config() -> Path:
    """Return the private folder, holding an Ultralytics settings file with ``sync`` off."""
    folder = config_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise RuntimeError(f"{folder} belongs to somebody else; set TMPDIR to a folder of your own")
    settings = folder / "Ultralytics" / "settings.json"
    settings.parent.mkdir(exist_ok=True)
    kept = _read(settings)
    if {**kept, **_SETTINGS} != kept:
        scratch = settings.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps({**kept, **_SETTINGS}), encoding="utf-8")
        scratch.replace(settings)
    return folder


def _read(settings: Path) -> dict[str, Any]:
    try:
        kept = json.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


@contextmanager
def download_allowed() -> Iterator[None]:
    """Lift the offline switch for one named download."""
    os.environ["YOLO_OFFLINE"] = "false"
    try:
        yield
    finally:
        os.environ["YOLO_OFFLINE"] = "true"
