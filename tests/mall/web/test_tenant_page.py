import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from gis.floorplan import Line
from mall.models import LevelSnapshot, MinuteRow, ZoneReading
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from mall.web.api import install_errors
from mall.web.popups_page import popups_page
from mall.web.tenant_page import tenant_page, tenant_router
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import FEATURES, SITE, write_site

NOW = 1_795_239_127.0
DOOR = {
    "type": "Feature",
    "properties": {"id": "door", "label": "Door", "level": "1f", "kind": "line", "zone": "books"},
    "geometry": {"type": "LineString", "coordinates": [[4, 12], [6, 12]]},
}


class Stand:
    def __init__(self, folder: Path) -> None:
        write_site(folder)
        plan = {"type": "FeatureCollection", "features": [*FEATURES, DOOR]}
        (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
        from mall.config import load_site

        self.site = load_site(folder)
        assert isinstance(self.site.plan.lines[0], Line)
        self.store = MemoryStore(clock=lambda: NOW)
        app = FastAPI()
        install_errors(app)
        app.include_router(tenant_router(self.site, self.store, self))
        self.client = AppClient(app)

    def current(self) -> dict[str, Any]:
        return read_operator_view(self.site, self.store)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_counts_are_coarse_and_gaps_stay(stand: Stand) -> None:
    quarter = int(NOW // 900) * 900
    for start, count_in, count_out in ((quarter - 1800, 23, 4), (quarter - 900, 9, 10)):
        for i in range(15):
            counts = (count_in, count_out) if i == 0 else (0, 0)
            assert stand.store.append_minute("1f", start + 60 * i, [MinuteRow("line:door", None, 0, 1.0, *counts)])
    answer = stand.client.get("/api/v1/tenant/books").json()
    assert [(step["in"], step["out"]) for step in answer["steps"][-3:]] == [(None, None), (25, "<10"), ("<10", 10)]
    assert answer["today"] == {"in": 30, "out": 15, "partial": True}
    assert [step["partial"] for step in answer["steps"][-3:]] == [False, False, False]
    assert (answer["k"], answer["round_to"], answer["has_door"]) == (10, 5, True)


def test_people_of_now_are_coarse_too_and_nobody_elses(stand: Stand) -> None:
    def reading(zone: str, people: int) -> ZoneReading:
        return ZoneReading(
            zone, people, (people, people), 0.1, None, None, 0, observed_at=NOW, received_at=NOW, lag_s=0.1,
            period_s=0.2, seq=1, epoch="e", coverage=1.0, source="simulated",
        )  # fmt: skip

    rows = {zone: reading(zone, people) for zone, people in (("books", 3), ("hall", 47))}
    assert stand.store.write_snapshot(LevelSnapshot("1f", "e", 1, NOW, rows, []), line_delta={}, token=None)
    answer = stand.client.get("/api/v1/tenant/books")
    assert set(answer.json()["zones"]) == {"books"}
    assert answer.json()["zones"]["books"]["people"] == "<10"
    assert "hall" not in answer.text


@pytest.mark.parametrize("unit", ["nowhere", "hall", "office", "wc", "%00", "..", "<script>"])
def test_what_is_no_unit_is_told_so(stand: Stand, unit: str) -> None:
    assert stand.client.get(f"/api/v1/tenant/{unit}").status_code == 404
    page = stand.client.get("/tenant", params={"unit": unit})
    assert page.status_code == 404
    assert 'role="alert"' in page.text
    assert "<script>alert" not in page.text


def test_the_page_tells_only_the_own_unit_and_its_corridor(stand: Stand) -> None:
    page = tenant_page(stand.site, "books")
    zones = json.loads(page.split('id="mall-page">')[1].split("</script>")[0])["site"]["zones"]
    assert {zone["id"] for zone in zones} == {"books", "hall"}
    assert set(zones[0]) == {"id", "label", "labels", "level", "polygon"}


def test_without_a_unit_there_is_a_choice(stand: Stand) -> None:
    page = stand.client.get("/tenant")
    assert page.status_code == 200
    assert 'id="units"' in page.text


def test_the_popup_page_says_when_there_is_none(tmp_path: Path) -> None:
    write_site(tmp_path)
    head = SITE.split("[[popup]]")[0]
    (tmp_path / "site.toml").write_text(head, encoding="utf-8")
    from mall.config import load_site

    page = popups_page(load_site(tmp_path))
    assert 'data-t="popups.empty"' in page
    assert 'id="cards"' not in page


@pytest.mark.parametrize("name", ["popups", "tenant"])
def test_both_languages_have_the_same_texts(name: str) -> None:
    folder = Path(__file__).parents[3] / "assets" / "i18n"
    texts = [json.loads((folder / f"{name}.{language}.json").read_text(encoding="utf-8")) for language in ("en", "ja")]
    assert texts[0].keys() == texts[1].keys()
    for key in texts[0]:
        fields = [{part.split("}")[0] for part in text[key].split("{")[1:]} for text in texts]
        assert fields[0] == fields[1], key
