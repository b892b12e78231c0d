"""What options are made from: the situation, the network around it, and drafts of what could be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gis.passage import Passages
from gis.portals import OUTSIDE, Portal
from gis.routes import PUBLIC_WAYS, Densities, Route, WalkGraph
from mall.options.network import Edge, Network
from mall.options.predict import Change
from mall.options.records import Drawing, PlanChange, Text


@dataclass(frozen=True, slots=True)
class Stand:
    """A pop-up on its pitch; ``space_m2`` is what it takes from the zone."""

    id: str
    pitch: str
    space_m2: float
    label: Text


@dataclass(frozen=True, slots=True)
class Case:
    """One situation with everything that options for it depend on.

    Attributes:
        limit: p/m² below which the place should be.
        place: the zone; None where the situation is no zone's (then there is no network either).
        stands: pop-ups in or beside the place.
        feeding: escalators that the situation says bring people into the place, those that bring most first.
        is_stop_first: a landing is so close to its limit that stopping what feeds it goes before all predictions.

    """

    advisory: str
    family: str
    rule: str
    severity: str
    place: str | None
    limit: float
    graph: WalkGraph
    net: Network | None
    passages: Passages
    densities: Densities
    stands: Sequence[Stand] = ()
    words: Mapping[str, Text] = field(default_factory=dict)
    feeding: tuple[str, ...] = ()
    is_stop_first: bool = False

    def routes(self, start: str, goal: str, *, avoid: str | None = None) -> list[Route]:
        """Return the best route in the present state of the plan, in a list that is empty where there is none."""
        barred = frozenset({avoid} if avoid else ())
        return self.graph.routes(start, goal, self.passages, self.densities, k=1, avoid=barred)

    def is_public(self, zone: str) -> bool:
        """Tell whether people may be led into a zone: a way that all may use, or outside."""
        return zone == OUTSIDE or self.graph.plan.zone(zone).category in PUBLIC_WAYS

    def portal(self, edge: Edge) -> Portal:
        """Return the portal of an edge; where several share an id, one that joins its zones."""
        mine = [portal for portal in self.graph.portals if portal.id == edge.portal]
        return next((p for p in mine if {edge.tail, edge.head} - {OUTSIDE} <= set(p.zones)), mine[0])

    def ends(self, edge: Edge) -> tuple[str, str]:
        """Return the zones of an edge on the plan, where the network knows only what is near."""
        portal = self.portal(edge)
        tail = edge.tail if edge.tail != OUTSIDE else portal.other(edge.head)
        return tail, portal.other(tail)


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that could be done: its change of the flows, None where it has none, and the words it is told in.

    ``names`` fills the templates of its kind: key -> by language.
    """

    kind: str
    change: Change | None
    names: Mapping[str, Text]
    items: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    plan_changes: tuple[PlanChange, ...] = ()
    drawing: Drawing = field(default_factory=dict)
