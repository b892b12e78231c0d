"""What a drill is: a script of who walks where and what breaks, and the advisories that it must raise."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mall.errors import SiteError
from mall.models import SEVERITIES, Severity
from mall.plan_state.records import IncidentKind

LIBRARY = Path(__file__).resolve().parent / "library"
SITE_FOLDER = "drills"  # in the site folder: a site's own drills
LONGEST_S = 1800.0
MOST_PEOPLE = 600  # a drill shares the machine with the mall

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Seconds = Annotated[float, Field(ge=0.0, le=LONGEST_S, allow_inf_nan=False)]
Role = Literal["gathering", "landing", "exit", "queue", "beyond", "shop", "upstairs"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Words(_Part):
    """A text in both languages."""

    en: str = Field(min_length=1)
    ja: str = Field(min_length=1)


class Spot(_Part):
    """How a place of a script is found in a plan: the zone of this id, else by what it is.

    Attributes:
        zone: id; a script of the library names none, so that it fits any site.
        role: ``gathering`` (event space or atrium), ``landing`` of an escalator, ``exit``, ``queue``,
            ``beyond`` (the walkway next to ``near`` by the widest opening), ``shop`` (a room next to ``near``) or
            ``upstairs`` (the landing at the other end of an escalator of ``near``).
        near: another place of the script.

    """

    zone: str | None = None
    role: Role | None = None
    near: str | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.zone is None) == (self.role is None):
            raise ValueError("name a zone or a role, one of both")
        if self.role in ("beyond", "shop", "upstairs") and self.near is None:
            raise ValueError(f"role {self.role!r} needs near")
        return self


class Group(_Part):
    """People who walk alike.

    Attributes:
        people: how many; or ``fills``, p/m² of the walkable area of where they stay.
        start: place where they begin; with ``enters`` they come in through its exits.
        to: place where they go; with ``leaves`` they go out through its exits.
        starts_s, over_s: when the first begins, and over how many seconds the others follow.
        stays_s: how long each stays there, None until the end; then they go to ``then`` or are gone.
        then: place to which they go on; with ``leaves`` out through its exits.
        within: they begin spread over the place at once, instead of walking in from its middle.
        keeps_coming: after those who are counted others follow at the same pace, as long as the exercise lasts.

    """

    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = None
    fills: Annotated[float, Field(gt=0.0, le=4.0)] | None = None
    start: str = Field(alias="from")
    to: str
    then: str | None = None
    starts_s: Seconds = 0.0
    over_s: Seconds = 0.0
    stays_s: Seconds | None = None
    enters: bool = False
    leaves: bool = False
    within: bool = False
    keeps_coming: bool = False

    @model_validator(mode="after")
    def _comes_and_goes(self) -> Self:
        if self.keeps_coming and (self.stays_s is None or self.over_s <= 0.0):
            raise ValueError("keeps_coming needs stays_s and over_s: who keeps coming must leave again")
        return self

    @model_validator(mode="after")
    def _counts_one(self) -> Self:
        if (self.people is None) == (self.fills is None):
            raise ValueError("give people or fills, one of both")
        return self


class Incident(_Part):
    """What breaks, or is told.

    Attributes:
        kind: ``camera-silent``: the camera of a place; ``exit-shut``: nobody passes its exits, and nobody says so;
            ``exit-closed``: a contact tells that its exit is shut; ``escalator-stops``: those that leave it;
            ``fire-alarm``: an input of the building tells an alarm; ``reported``: somebody reports ``report`` there.
        report: kind of what is reported, as people do it on the plan.
        at_s, until_s: from when, and to when, None to the end.

    """

    kind: Literal["camera-silent", "exit-shut", "exit-closed", "escalator-stops", "fire-alarm", "reported"]
    report: IncidentKind | None = None
    place: str
    at_s: Seconds = 0.0
    until_s: Seconds | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if (self.kind == "reported") != (self.report is not None):
            raise ValueError("report: say what is reported, where something is")
        return self

    def is_on(self, at_s: float) -> bool:
        """Tell whether it is the case this long after the beginning."""
        return self.at_s <= at_s and (self.until_s is None or at_s < self.until_s)


class Expected(_Part):
    """An advisory that must come: by any of these rules, at a place or its camera or level, at least so severe.

    ``stays``: it must still be open at the end. ``absent``: none may come from ``from_s`` until ``by_s``.
    """

    rules: Annotated[tuple[str, ...], Field(min_length=1)]
    place: str
    severity: Severity = "watch"
    by_s: Seconds
    stays: bool = False
    absent: bool = False
    from_s: Seconds = 0.0

    def is_severe(self, severity: str) -> bool:
        """Tell whether this severity is enough."""
        return severity in SEVERITIES and SEVERITIES.index(severity) >= SEVERITIES.index(self.severity)


class Script(_Part):
    """One drill. A time is in seconds from its beginning.

    ``answers_s``: for so long it goes on after ``lasts_s`` where people answer, beside a mall.
    """

    id: Name
    title: Words
    teaches: Words
    asks: Words
    lasts_s: Annotated[float, Field(gt=0.0, le=LONGEST_S)]
    answers_s: Seconds = 0.0
    places: dict[str, Spot]
    group: tuple[Group, ...] = ()
    incident: tuple[Incident, ...] = ()
    expect: Annotated[tuple[Expected, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        for where, name in self._named():
            if name not in self.places:
                raise ValueError(f"{where}: no place {name!r} in [places] (there are: {', '.join(self.places)})")
        late = [each for each in self.expect if each.by_s > self.lasts_s]
        if late:
            raise ValueError(f"expect {late[0].rules[0]}: by_s {late[0].by_s:g} is after lasts_s {self.lasts_s:g}")
        return self

    def _named(self) -> Iterator[tuple[str, str]]:
        for index, group in enumerate(self.group, start=1):
            yield from ((f"group {index}", name) for name in (group.start, group.to, group.then) if name is not None)
        yield from ((f"incident {each.kind}", each.place) for each in self.incident)
        yield from ((f"expect {each.rules[0]}", each.place) for each in self.expect)
        yield from ((f"places.{name}", spot.near) for name, spot in self.places.items() if spot.near is not None)


def read_script(path: Path) -> Script:
    """Return the drill of a file.

    Raises:
        SiteError: naming the file and the place in it.

    """
    try:
        return Script.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "file"
        raise SiteError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from exc
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SiteError(f"{path}: {exc}") from exc


def library(site_folder: Path | None = None) -> dict[str, Script]:
    """Return id -> drill: those that come with the product, and a site's own, which go before one of the same id.

    Raises:
        SiteError: a file is wrong, or two of one folder have the same id.

    """
    found: dict[str, Script] = {}
    for folder in (LIBRARY, *([] if site_folder is None else [site_folder / SITE_FOLDER])):
        here: dict[str, Script] = {}
        for path in sorted(folder.glob("*.toml")):
            script = read_script(path)
            if script.id in here:
                raise SiteError(f"{path}: id {script.id!r} is that of another drill in this folder")
            here[script.id] = script
        found |= here
    return found
