"""Every word of the plan's checks has its Japanese."""

import re

import pytest

from mall.setup.plans import drafted_plan
from tests.mall.setup.small_site import DOOR, PLAN, write_site, zone

FAR_AWAY = [[200, 0], [200, 4]]


def line(name, points, **more):
    properties = {"id": name, "level": "1f", **more}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": points}}


ODD = [
    zone("hidden", (0, 0, 10, 5)),  # lies under "hall" of the same size
    zone("orphan", (20, 0, 22, 2), parent="nobody"),
    zone("circle", (24, 0, 26, 2), parent="circle"),
    zone("partly", (9, 4, 12, 6)),
    line("lost", FAR_AWAY, type="line"),
    line("nowhere", [[1, 1], [1, 2]], type="line", zone="nobody"),
    line("gate", [[0, 0], [0, 2]], type="opening", width_m=2, **{"from": "nobody", "to": "far"}),
    {**zone("box", (300, 0, 301, 1)), "properties": {"id": "box", "type": "fixture", "level": "1f"}},
]
UNREADABLE = [
    [{**zone("x", (0, 0, 1, 1)), "geometry": None}],
    [zone("x", (0, 0, 1, 1)), zone("x", (2, 0, 3, 1))],
    [zone("x", (0, 0, 0, 1))],
    [zone("x", (0, 0, 1, 1), category="garage")],
    [line("x", [[0, 0], [0, 0]], type="line"), *PLAN["features"]],
    [line("x", [[0, 0]], type="line"), *PLAN["features"]],
    [DOOR],
    [],
]


def without_names(text):
    return re.sub(r"'[^']*'|\b(hidden|orphan|circle|partly|lost|nowhere|gate|box|hall|far|nobody)\b|m²", "", text)


def test_what_is_odd_is_said_in_japanese(tmp_path):
    site = write_site(tmp_path)
    _, found = drafted_plan(site, {**PLAN, "features": [*PLAN["features"], *ODD]})
    assert {p.where.feature for p in found} >= {"orphan", "circle", "lost", "nowhere", "gate", "box"}
    for problem in found:
        assert not re.search(r"[a-z]{3,}", without_names(problem.text["ja"])), problem.text


@pytest.mark.parametrize("features", UNREADABLE)
def test_a_plan_that_cannot_be_read_is_told_with_its_feature(tmp_path, features):
    plan, found = drafted_plan(write_site(tmp_path), {**PLAN, "features": features})
    assert plan is None
    (problem,) = found
    assert problem.severity == "error"
    assert not problem.text["ja"].isascii()
    assert problem.text["en"]
