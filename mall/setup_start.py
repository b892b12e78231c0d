"""What ``run --setup`` adds to a stack: a folder for the workers' setup sockets, and a door with a one-time token."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mall.setup.door import make_door
from mall.setup_link import FOLDER_VARIABLE

LONGEST_FOLDER = 60  # of the 104 to 108 characters that the path of a socket may have


@dataclass(frozen=True, slots=True)
class SettingUp:
    """What children need for it, and what the person at the terminal is told; neither of use where setup is off."""

    environment: dict[str, str] = field(default_factory=lambda: {FOLDER_VARIABLE: ""})
    token: str = field(default="", repr=False)

    def told(self, port: int) -> str:
        """Return the line with the address; the token stands behind #, so that it gets into no log of any server."""
        address = f"http://127.0.0.1:{port}/setup#token={self.token}"
        return f"  setup     {address}   (once, for an hour)\n" if self.token else ""


@contextmanager
def opened_setup(*, setup: bool) -> Iterator[SettingUp]:
    """Yield what setup needs while the stack runs; its folder, this user's alone, ends with it."""
    if not setup:
        yield SettingUp()
        return
    folder = Path(tempfile.mkdtemp(prefix="mall-setup-"))
    if len(str(folder)) > LONGEST_FOLDER:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="mall-setup-", dir="/tmp"))
    try:
        yield SettingUp({FOLDER_VARIABLE: str(folder)}, make_door(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
