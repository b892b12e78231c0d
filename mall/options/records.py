"""What an option, its prediction and a set of options are: frozen, JSON-ready."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from gis.passage import Passage

Band: TypeAlias = tuple[float, float, float]
"""Low, likely, high."""
Text: TypeAlias = Mapping[str, str]
"""By language: ``en``, ``ja``."""
Drawing: TypeAlias = Mapping[str, tuple[tuple[tuple[float, float], ...], ...]]
"""Level -> polylines in metres."""
Basis: TypeAlias = str  # "measured": flows were counted at every edge of the place; "assumed": not all were


@dataclass(frozen=True, slots=True)
class Prediction:
    """What becomes of the place, minute by minute.

    Attributes:
        minutes: 0…15; low, likely, high: density in p/m² at each.
        after_5, after_15: density in p/m²; people_5, people_15: people in the place.
        below_limit_min: minutes until the density is below the limit, first and last; the last is None where the high
            run never is; None altogether where not even the low run is.
        moved: people fewer in the place after 15 min than with no action.
        minutes_gained: minutes of the 15 that are spent below the limit and would not be.
        basis: ``measured`` where the flows over every edge of the place were counted, else ``assumed``.

    """

    minutes: tuple[int, ...]
    low: tuple[float, ...]
    likely: tuple[float, ...]
    high: tuple[float, ...]
    after_5: Band
    after_15: Band
    people_5: Band
    people_15: Band
    below_limit_min: tuple[int, int | None] | None
    moved: Band = (0.0, 0.0, 0.0)
    minutes_gained: int = 0
    basis: Basis = "measured"


@dataclass(frozen=True, slots=True)
class SideEffect:
    """What an option does to another zone.

    Attributes:
        people_before: now, None where not known; people_after: at ``at_min``, the minute in which it differs most from
            no action; density_after: p/m²; los_before, los_after: letters, None where a zone has none.
        worse_by: classes of Level of Service lost against no action; is_over: it comes over its own warning limit,
            which without the option it would not.

    """

    zone: str
    people_before: float | None
    people_after: float
    density_after: float
    los_before: str | None
    los_after: str | None
    at_min: int
    worse_by: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Record:
    """How options of a kind did at places of a family before: times, times it worked, mean error in p/m²."""

    n: int = 0
    worked: int = 0
    mean_error: float | None = None


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A change of the plan's state that an operator has to confirm."""

    item: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be done.

    Attributes:
        key: ``A`` is the best; kind: of ``kinds.KINDS``.
        items: openings and connectors that it touches; zones: those that it leads through or acts on.
        staff: people needed; ready_min: until it takes effect.
        prediction: None where there is nothing to predict (a lost camera).
        drawing: what to draw on the plan; plan_changes: to be confirmed.

    """

    key: str
    kind: str
    items: tuple[str, ...]
    zones: tuple[str, ...]
    title: Text
    steps: tuple[Text, ...]
    who: Text
    staff: int
    ready_min: int
    prediction: Prediction | None
    side_effects: tuple[SideEffect, ...] = ()
    drawing: Drawing = field(default_factory=dict)
    plan_changes: tuple[PlanChange, ...] = ()
    worked_before: Record = Record()
    rank: int = 1
    score: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class OptionSet:
    """The options of one advisory at one instant; ``no_action`` is what happens without any.

    ``none_reason`` says why nothing helps, nothing is needed or nothing can be told, None otherwise; ``eases_min``: the
    minutes after which the place is likely below the limit by itself, None where it is not above it or stays there.
    """

    advisory: str
    at: float
    place: str
    no_action: Prediction | None
    options: tuple[Option, ...]
    none_reason: Text | None = None
    limit: float | None = None
    duration_ms: float = 0.0
    eases_min: int | None = None

    def to_row(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return asdict(self)
