"""What every exercise is: somebody who is simulated, cameras that see them, and an engine and a store of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from mall.config import Site
from mall.drills.cameras import PERIOD_S, DrillCameras, Views
from mall.drills.debrief import Minutes
from mall.drills.inputs import Inputs
from mall.drills.script import Incident
from mall.drills.stage import exercised
from mall.engine import Engine
from mall.store import Store


class Playing(ABC):
    """An exercise that runs; ``step`` does half a second of it.

    Args:
        site: the mall.
        views: what its cameras see.
        store: of the exercise, never that of the mall.
        incidents: what is reported while it runs.
        places: place of a script -> zone id.

    """

    def __init__(
        self, site: Site, views: Views, store: Store, incidents: Sequence[Incident], places: Mapping[str, str]
    ) -> None:
        self.store = store
        self.at_s = 0.0
        self.minutes = Minutes()
        self._cameras = DrillCameras(site, views, store)
        played = exercised(site)
        self._inputs = Inputs(played, incidents, places, store)
        self._engine = Engine(played, store, is_exercise=True)

    @property
    @abstractmethod
    def lasts_s(self) -> float:
        """Return when it ends, in seconds from its beginning, as far as is known now."""

    @property
    def is_over(self) -> bool:
        """Tell whether it has been played to its end."""
        return self.at_s >= self.lasts_s

    def step(self) -> None:
        """Play the next half second; StoreError where the store does not answer."""
        self.at_s += PERIOD_S
        now = self.store.time()
        self._inputs.tell(self.at_s, now)
        self._play(now)
        self._engine.tick()
        self.minutes.note(self.store.advisories(), self.at_s)

    @abstractmethod
    def _play(self, now: float) -> None:
        """Let half a second pass for the crowd, and have the cameras see it."""

    def close(self) -> None:
        """End what the engine started beside itself."""
        self._engine.close()
