"""A drill that runs: simulated people, the cameras that see them, and an engine of its own on a store of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from gis.passage import whole
from mall.drills.cameras import PERIOD_S
from mall.drills.crowd import Crowd
from mall.drills.debrief import debrief
from mall.drills.detours import Detours
from mall.drills.heeding import Heeding, orders_of
from mall.drills.playing import Playing
from mall.drills.script import LONGEST_S
from mall.drills.stage import Stage, Staged
from mall.drills.ways import Gate
from mall.models import Advisory
from mall.plan_state.ways import passages_now
from mall.store import Store

MEASURED_AFTER_S = 15.5 * 60.0  # from a choice until its effect has been measured for the last time


class Exercise(Playing):
    """One run of a script; ``step`` does half a second of it.

    Args:
        stage: the mall.
        staged: the script in it.
        store: of the exercise, never that of the mall.
        is_answered: people answer: it goes on for the ``answers_s`` of its script, and until the effects of what they
            chose are measured.

    """

    def __init__(self, stage: Stage, staged: Staged, store: Store, *, is_answered: bool = False) -> None:
        self.staged = staged
        self._plan = stage.site.plan
        self._graph = stage.graph
        self._is_answered = is_answered
        self._chosen_at_s = float("-inf")
        self._detours = Detours(stage.graph, {})
        self._crowd = Crowd(self._plan, staged.plans)
        self._heeding = Heeding(self._crowd)
        super().__init__(stage.site, stage.views, store, staged.script.incident, staged.places)

    @property
    def places(self) -> Mapping[str, str]:
        """Return place of the script -> zone id."""
        return self.staged.places

    @property
    def people(self) -> int:
        """Return how many people the script counts."""
        return self.staged.people

    @property
    def lasts_s(self) -> float:
        """Return when it ends, in seconds from its beginning, as far as is known now."""
        script = self.staged.script
        if not self._is_answered:
            return script.lasts_s
        measured_s = self._chosen_at_s + MEASURED_AFTER_S
        return min(max(script.lasts_s + script.answers_s, measured_s), max(LONGEST_S, script.lasts_s))

    def _play(self, now: float) -> None:
        self._heed(self.store.advisories(), now)
        self._crowd.step(PERIOD_S, self._bars)
        self._cameras.publish(self._crowd.people(), now, self.staged.silent_at(self.at_s))

    def _heed(self, advisories: Sequence[Advisory], now: float) -> None:
        """Have the crowd heed what people have ordered on the plan of the exercise and what they chose to do."""
        passages = whole(self._plan, passages_now(self._plan, self.store.read_plan_state(), now))
        if passages != self._detours.passages:
            self._detours = Detours(self._graph, passages)
        if passages:
            self._crowd.redirect(self._detours.bars, self._detours.way)
        self._heeding.heed(orders_of(advisories, now), self._detours, now, PERIOD_S)
        for advisory in advisories:
            if advisory.chosen is not None:
                at_s = self.at_s - (now - float(advisory.chosen.get("at", now)))
                self._chosen_at_s = max(self._chosen_at_s, at_s)

    def _bars(self, gate: Gate) -> bool:
        return not self.staged.shut_at(self.at_s).isdisjoint(gate.items) or self._detours.bars(gate)

    def debrief(self) -> dict[str, Any]:
        """Return what it has brought so far."""
        return debrief(self.staged.script, self.staged.places, self.minutes, lasted_s=self.at_s)
