"""The secret key of every device of a pop-up or contact: made at the first start, kept in the state folder."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from mall.config import Site
from mall.errors import SiteError

FILE_NAME = "devices.json"
KEY_BYTES = 32
OWNER_ONLY = 0o600


class DeviceKeys(Mapping[str, bytes]):
    """Keys by device id. Its text form shows the ids alone."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    def __getitem__(self, device: str) -> bytes:
        return self._keys[device]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"DeviceKeys({', '.join(sorted(self._keys))})"

    @classmethod
    def load(cls, state_dir: Path, site: Site) -> Self:
        """Return the keys of the site's devices; a device without one gets a random key, written with mode 0600.

        Keys of devices that have left the site stay in the file but are not returned: such a device is refused.

        Raises:
            SiteError: if the file is there but damaged; a new file would silently lock every device out.

        """
        path = state_dir / FILE_NAME
        devices = {popup.device_id for popup in site.popups} | {contact.device_id for contact in site.contacts}
        with _alone(state_dir):
            stored = _read(path)
            missing = devices - stored.keys()
            if missing:
                stored |= {device: secrets.token_hex(KEY_BYTES) for device in missing}
                _write(path, stored)
        return cls({device: bytes.fromhex(stored[device]) for device in devices})


@contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    """Hold the folder's key lock: the processes of a stack start together, and the first one's keys must stay."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / f".{FILE_NAME}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not all(len(bytes.fromhex(key)) == KEY_BYTES for key in stored.values()):
            raise ValueError("a key of the wrong length")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise SiteError(
            f"{path}: damaged device keys; restore the file, or delete it and give every kit its new key"
        ) from exc
    return {str(device): str(key) for device, key in stored.items()}


def _write(path: Path, keys: Mapping[str, str]) -> None:
    """Replace the file at once, so that a crash leaves either the old keys or the new ones."""
    fresh = path.with_name(f".{FILE_NAME}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(dict(sorted(keys.items())), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
