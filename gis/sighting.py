"""What goes into fusion and what comes out of it."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Observation:
    """What one camera saw at one instant.

    Attributes:
        t: s on the clock that all cameras share; track: (N,) the camera's own track numbers, each once, -1: none.
        xy: (N, 2) m, rows of unknown (NaN) place are passed over; cov: (N, 3) m², xx xy yy; firm: (N,).
        sure: (N,) False where somebody already known may be seen, but nobody new; None: all are sure.

    """

    t: float
    track: Numbers
    xy: Floats
    cov: Floats
    firm: Bools
    sure: Bools | None = None

    def placed(self) -> "Observation":
        """Return only what has a known place."""
        known = np.asarray(np.isfinite(np.column_stack([self.xy, self.cov])).all(axis=1), dtype=np.bool_)
        sure = np.ones(len(self.xy), np.bool_) if self.sure is None else self.sure
        return Observation(self.t, self.track[known], self.xy[known], self.cov[known], self.firm[known], sure[known])


@dataclass(frozen=True, eq=False, slots=True)
class People:
    """The people there are.

    Attributes:
        id: (N,) rising; a number dies with its person and is never given again by the same fuser.
        xy: (N, 2) m; velocity: (N, 2) m/s, NaN until known; firm: (N,) a camera sees the foot.
        cameras: which cameras show each person now; empty for someone believed there for another moment.

    """

    id: Numbers
    xy: Floats
    velocity: Floats
    firm: Bools
    cameras: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, eq=False, slots=True)
class Sights:
    """The sights of one picture with whose they were taken to be.

    Attributes:
        id: (N,) of people; xy: (N, 2) m; noise: (N, 2, 2) m²; ahead: (N, 2) m from where each was expected;
        velocity: (N, 2) m/s as believed before, 0 of people who are new.

    """

    camera: str
    t: float
    id: Numbers
    xy: Floats
    noise: Floats
    ahead: Floats
    velocity: Floats


class Listener(Protocol):
    """Somebody who wants to know whose every sight was."""

    def hear(self, sights: Sights) -> None:
        """Take the sights of one picture."""
