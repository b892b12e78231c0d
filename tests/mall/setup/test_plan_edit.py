"""Plans written back: bytes of what stays, another parser for the rest."""

import json

import pytest

from mall.config import SAMPLE_SITE
from mall.setup.plan_edit import plan_text


def feature(name, **more):
    ring = [[0, 0], [1.50, 0], [1, 1], [0, 0]]
    return {
        "type": "Feature",
        "properties": {"z": 1, "id": name, **more},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


PLAN = {"name": "own", "type": "FeatureCollection", "features": [feature("a"), feature("b", note="kept"), feature("c")]}
ONE_A_LINE = (
    '{"name": "own", "type": "FeatureCollection", "features": [\n  '
    + ",\n  ".join(json.dumps(f).replace("1.5,", "1.50,") for f in PLAN["features"])
    + "\n]}\n"
)
FORMS = [ONE_A_LINE, json.dumps(PLAN), json.dumps(PLAN, indent=2), json.dumps(PLAN, indent=4) + "\n"]


@pytest.mark.parametrize("before", FORMS)
def test_the_same_plan_keeps_every_byte(before):
    assert plan_text(before, json.loads(json.dumps(PLAN))) == before


@pytest.mark.parametrize("before", FORMS)
def test_a_moved_zone_changes_its_own_text_only(before):
    moved = json.loads(before)
    moved["features"][1]["geometry"]["coordinates"][0][1] = [2, 0]
    after = plan_text(before, moved)
    assert json.loads(after) == moved
    assert list(json.loads(after)["features"][1]["properties"]) == ["z", "id", "note"]
    same, other = before.splitlines(), after.splitlines()
    assert len(same) == len(other)
    assert sum(x != y for x, y in zip(same, other, strict=True)) == 1


@pytest.mark.parametrize("before", FORMS)
@pytest.mark.parametrize("order", [[0, 1], [2, 0, 1], [], [1, "new"], ["new"]])
def test_features_come_go_and_change_places(before, order):
    held = json.loads(before)
    asked = {**held, "features": [feature("new", label="新") if i == "new" else held["features"][i] for i in order]}
    assert json.loads(plan_text(before, asked)) == asked


def test_the_sample_plan_survives_a_new_label():
    before = (SAMPLE_SITE / "floorplan.geojson").read_text(encoding="utf-8")
    plan = json.loads(before)
    plan["features"][3]["properties"]["label"] = "Renamed"
    after = plan_text(before, plan)
    assert json.loads(after) == plan
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(changed) <= 1 + after.count("Renamed")


@pytest.mark.parametrize("held", [{"features": []}, {"other": [], "a": {"features": [1]}, "features": [feature("a")]}])
def test_odd_files_are_written_anew(held):
    asked = {**held, "features": [feature("b")]}
    assert json.loads(plan_text(json.dumps(held), asked)) == asked
