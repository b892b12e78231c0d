"""A drill that runs: simulated people, the cameras that see them, and an engine of its own on a store of its own."""

from typing import Any

from gis.passage import whole
from mall.drills.cameras import PERIOD_S, DrillCameras
from mall.drills.crowd import Crowd
from mall.drills.debrief import Minutes, debrief
from mall.drills.detours import Detours
from mall.drills.stage import Stage, Staged, exercised
from mall.engine import Engine
from mall.plan_state.ways import passages_now
from mall.store import Store


class Exercise:
    """One run of a script; ``step`` does half a second of it.

    Args:
        stage: the mall.
        staged: the script in it.
        store: of the exercise, never that of the mall.

    """

    def __init__(self, stage: Stage, staged: Staged, store: Store) -> None:
        self.staged = staged
        self.store = store
        self.at_s = 0.0
        self.minutes = Minutes()
        self._plan = stage.site.plan
        self._graph = stage.graph
        self._detours = Detours(stage.graph, {}, frozenset())
        self._crowd = Crowd(self._plan, staged.plans)
        self._cameras = DrillCameras(stage.site, stage.views, store)
        self._engine = Engine(exercised(stage.site), store, is_exercise=True)

    @property
    def is_over(self) -> bool:
        """Tell whether the script has been played to its end."""
        return self.at_s >= self.staged.script.lasts_s

    def step(self) -> None:
        """Play the next half second; StoreError where the store does not answer."""
        self.at_s += PERIOD_S
        self._heed()
        self._crowd.step(PERIOD_S, self.staged.shut_at(self.at_s) | self._detours.shut)
        self._cameras.publish(self._crowd.people(), self.store.time(), self.staged.silent_at(self.at_s))
        self._engine.tick()
        self.minutes.note(self.store.advisories(), self.at_s)

    def _heed(self) -> None:
        """Have the crowd heed what people have closed or stopped in the exercise: it goes another way, or waits."""
        state = self.store.read_plan_state()
        passages = whole(self._plan, passages_now(self._plan, state, self.store.time()))
        shut = frozenset(item for item, passage in passages.items() if passage.mode in ("closed", "stopped"))
        if shut != self._detours.shut:
            self._detours = Detours(self._graph, passages, shut)
        if shut:
            self._crowd.redirect(shut, self._detours.way)

    def debrief(self) -> dict[str, Any]:
        """Return what it has brought so far."""
        return debrief(self.staged.script, self.staged.places, self.minutes, lasted_s=self.at_s)

    def close(self) -> None:
        """End what the engine started beside itself."""
        self._engine.close()
