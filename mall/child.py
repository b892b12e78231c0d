"""One process of a stack: what to start, and what became of it."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace

# A child that ran this long, and spoke, is healthy: its next death starts the back-off anew.
HEALTHY_AFTER_S = 60.0
FAILED_AFTER_DEATHS = 5


@dataclass(frozen=True)
class ChildSpec:
    """What to start.

    Attributes:
        name: for logs and badges; role: ``devices``, ``worker``, ``engine`` or ``web``.
        argv: the arguments after the interpreter; a worker's camera ids are added to it.
        inputs: digest of what the process reads at its start; with another one it has to be started anew.
        group: name of the spec that this one was split from.

    """

    name: str
    role: str
    argv: tuple[str, ...]
    cameras: tuple[str, ...] = ()
    inputs: str = ""
    group: str = ""

    @property
    def command(self) -> list[str]:
        """Return the whole command line."""
        return [sys.executable, *self.argv, *self.cameras]

    def split(self) -> "list[ChildSpec]":
        """Return one child a camera, so that the bad one dies alone."""
        return [replace(self, name=f"worker-{camera}", cameras=(camera,), group=self.name) for camera in self.cameras]

    @property
    def place(self) -> str:
        """Return the name of what there is one of at a time: itself, or all that it was split into."""
        return self.group or self.name

    def is_part_of(self, other: "ChildSpec") -> bool:
        """Tell whether a process of this spec does what one of another would, or its share of it."""
        same = (self.argv, self.inputs) == (other.argv, other.inputs)
        return same and set(self.cameras) <= set(other.cameras) and (bool(self.group) or self.cameras == other.cameras)


@dataclass
class Child:
    """One process and its history."""

    spec: ChildSpec
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_after: float = 0.0
    starts: int = 0
    deaths: int = 0
    finished: bool = False
    pulse: int = -1
    heard_at: float | None = None
    hung: bool = False
    retiring_at: float | None = None

    def listen(self, now: float) -> None:
        """Take what the child has said since the last time."""
        try:
            if self.pulse >= 0 and os.read(self.pulse, 65_536):
                self.heard_at = now
        except BlockingIOError:
            return

    def is_healthy(self, now: float) -> bool:
        """Tell whether it has run well for so long that its earlier deaths are forgotten."""
        return self.heard_at is not None and not self.hung and now - self.started_at > HEALTHY_AFTER_S

    def hush(self) -> None:
        """Give the pipe back."""
        if self.pulse >= 0:
            os.close(self.pulse)
        self.pulse, self.heard_at = -1, None

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def has_failed(self) -> bool:
        """Tell whether it died so often in a row that people must be told; it is still tried again."""
        return self.deaths >= FAILED_AFTER_DEATHS
