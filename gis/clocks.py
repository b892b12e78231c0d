"""By how much cameras' clocks are apart: of people who walk through several views, one sees where they will be next."""

from collections import defaultdict, deque
from collections.abc import Collection

import numpy as np

from gis.sighting import Sights

WALKS_M_S = 0.4  # slower people say too little about time
TOGETHER_S = 0.7  # two cameras' sights of somebody this near in time are compared
ENOUGH = 25  # comparisons until two cameras' clocks are known
REMEMBERED = 600  # comparisons of two cameras; older ones are forgotten
MOST_S = 0.5  # no clock is corrected by more


class Clocks:
    """Listens to a fuser and tells how late or early each camera's times are."""

    def __init__(self) -> None:
        self._last: dict[int, dict[str, tuple[float, float]]] = {}
        self._apart: dict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def hear(self, sights: Sights) -> None:
        """Take the sights of one picture: how many seconds ahead on their way people were seen."""
        square = (sights.velocity**2).sum(axis=1)
        for row in np.flatnonzero(square >= WALKS_M_S**2).tolist():
            ahead = float(sights.ahead[row] @ sights.velocity[row] / square[row])
            self._compare(int(sights.id[row]), sights.camera, sights.t, ahead)

    def offsets(self, known: Collection[str] = ()) -> dict[str, float]:
        """Return camera -> seconds to add to its times, for those compared often enough.

        The differences of pairs are medians; the offsets are their least-squares solution, 0 for cameras ``known`` to
        be right and otherwise 0 on average among cameras that are compared with one another.
        """
        pairs = {pair: (float(np.median(rows)), len(rows)) for pair, rows in self._apart.items() if len(rows) >= ENOUGH}
        cameras = sorted({camera for pair in pairs for camera in pair})
        if not cameras:
            return {}
        column = {camera: i for i, camera in enumerate(cameras)}
        rows, targets = [], []
        for (first, second), (apart, count) in pairs.items():
            row = np.zeros(len(cameras))
            weight = np.sqrt(count)
            row[column[first]], row[column[second]] = weight, -weight
            rows.append(row)
            targets.append(weight * apart)
        for camera in set(known) & set(cameras):
            rows.append(np.eye(len(cameras))[column[camera]] * 1e3)
            targets.append(0.0)
        # Of the many solutions the shortest: whatever no comparison ties to the others is right on average.
        found = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=1e-9)[0]
        return {camera: float(np.clip(found[i], -MOST_S, MOST_S)) for camera, i in column.items()}

    def _compare(self, number: int, camera: str, t: float, ahead: float) -> None:
        seen = self._last.setdefault(number, {})
        for other, (then, theirs) in seen.items():
            if other != camera and abs(t - then) <= TOGETHER_S:
                sign = 1.0 if camera < other else -1.0
                self._apart[min(camera, other), max(camera, other)].append(sign * (ahead - theirs))
        seen[camera] = (t, ahead)
