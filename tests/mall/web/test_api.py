import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mall.config import Site
from mall.doubts import Doubt
from mall.errors import StoreError
from mall.flows import LevelFlow, Median, Residual, ZoneFlow
from mall.models import Advisory, CameraStatus, LevelSnapshot, MinuteRow, SensorReading, ZoneReading
from mall.store import MemoryStore
from mall.views.operator import read_operator_view
from mall.web.api import api_router, install_errors
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import write_site

NOW = 1_795_239_127.0
CONTRACT = {"people", "band", "density", "los", "state", "age_s", "observed_at", "seq", "epoch", "coverage", "source"}
FACTS = {
    "value": 1.8, "limit": 1.75, "people": 30, "band": [29, 32], "on_delay_s": 10.0, "source": "Weidmann",
    "coverage": 1.0,
}  # fmt: skip
ADVISORY = Advisory(
    id="density-walkway:hall:1795239000000", rule="density-walkway", place="hall", level="1f", severity="warn",
    status="new", raised_at=NOW - 60, updated_at=NOW - 60, facts=FACTS,
)  # fmt: skip


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


class FreshFeed:
    """Reads the store at every call, so that a test needs no event loop."""

    def __init__(self, site: Site, store: MemoryStore) -> None:
        self.site, self.store = site, store

    def current(self) -> dict[str, Any]:
        return read_operator_view(self.site, self.store)


class Stand:
    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.store = MemoryStore(clock=self.clock)
        self.site = write_site(folder)
        app = FastAPI(openapi_url="/api/v1/openapi.json")
        install_errors(app)
        app.include_router(api_router(self.site, self.store, FreshFeed(self.site, self.store)))
        self.app, self.client = app, AppClient(app)

    def see(self, people: int) -> None:
        reading = ZoneReading(
            "hall", people, (people, people + 1), 0.02, "A", "free", 0, observed_at=NOW, received_at=NOW, lag_s=0.2,
            period_s=0.2, seq=7, epoch="e1", coverage=0.97, source="recorded", cameras=("hall-cam",),
        )  # fmt: skip
        snapshot = LevelSnapshot("1f", "e1", 1, NOW, {"hall": reading}, [[1.0, 2.0]])
        assert self.store.write_snapshot(snapshot, line_delta={}, token=None)


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def status(read: int, dropped: int) -> CameraStatus:
    return CameraStatus(
        "hall-cam",
        "1f",
        "recorded",
        "running",
        "e1",
        7,
        0.2,
        4.9,
        0.31,
        read,
        read - dropped,
        dropped,
        3,
        "embedded",
        "demonstration",
        picture_age_s=0.31,
    )


def test_live_has_the_contracts_keys_and_a_true_zero(stand: Stand) -> None:
    stand.see(0)
    answer = stand.client.get("/api/v1/live").json()
    assert set(answer) == {"at", "zones", "cameras", "totals"}
    assert set(answer["totals"]) == {"in", "out", "inside", "out_factor", "state", "age_s"}
    assert set(answer["zones"]) == {zone.id for zone in stand.site.plan.zones}
    for zone in answer["zones"].values():
        assert set(zone) == CONTRACT
    hall = answer["zones"]["hall"]
    assert (hall["people"], hall["band"], hall["state"], hall["source"], hall["age_s"]) == (
        0,
        [0, 1],
        "live",
        "recorded",
        0.2,
    )
    unseen = answer["zones"]["plaza"]
    assert (unseen["people"], unseen["state"], unseen["density"]) == (None, "unknown", None)


@pytest.mark.parametrize(("age_s", "state", "people"), [(2.0, "live", 3), (10.0, "stale", 3), (30.0, "offline", None)])
def test_an_old_value_says_so_and_ends_as_null(stand: Stand, age_s: float, state: str, people: int | None) -> None:
    stand.see(3)
    stand.clock.now = NOW + age_s
    hall = stand.client.get("/api/v1/live").json()["zones"]["hall"]
    assert (hall["state"], hall["people"]) == (state, people)


def test_every_route_answers_on_an_empty_store(stand: Stand) -> None:
    routes = [
        "site",
        "zones",
        "cameras",
        "live",
        "flow",
        "advisories",
        "popups",
        "zones/hall/history",
        "zones/hall/forecast",
    ]
    answers = {route: stand.client.get(f"/api/v1/{route}") for route in routes}
    assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(routes, 200)
    unknown = {"in": None, "out": None, "inside": None, "out_factor": None, "state": "unknown", "age_s": None}
    assert answers["live"].json()["totals"] == unknown
    assert answers["zones/hall/history"].json()["minutes"] == []
    assert answers["cameras"].json()[0]["label"] == "Hall, west"
    assert stand.client.get("/healthz").status_code == 200
    assert stand.client.get("/metrics").status_code == 200


def test_the_flow_is_typed_and_its_unknowns_are_null(stand: Stand) -> None:
    stand.see(3)
    zone = ZoneFlow(2.5, 0.0, Median(None, 60.0, 12.0, None, 9, 9), None, Residual(-2, 1.5, 5, 40))
    flow = LevelFlow("1f", NOW, {"hall": zone}, {}, (("", "hall", 4), ("hall", "books", 1)))
    stand.store.write_flow(flow)
    answer = stand.client.get("/api/v1/flow").json()
    assert set(answer) == {"at", "zones", "lines", "moves"}
    hall = answer["zones"]["hall"]
    assert (hall["state"], hall["in_per_min"], hall["out_per_min"], hall["wait"]) == ("live", 2.5, 0.0, None)
    assert hall["dwell"] == {
        "median_s": None, "over_s": 60.0, "band": [12.0, None], "n": 9, "censored": 9, "state": "live",
    }  # fmt: skip
    assert hall["residual"] == {"value": -2, "tolerance": 1.5, "minutes": 5}
    assert answer["moves"][0] == {"from": None, "to": "hall", "count": 4, "minutes": 15}
    assert answer["zones"]["plaza"]["in_per_min"] is None
    document = stand.client.get("/api/v1/openapi.json").json()
    assert set(document["components"]["schemas"]["MoveAnswer"]["properties"]) == {"from", "to", "count", "minutes"}


def test_people_who_do_not_add_up_are_said_of_the_camera_everywhere(stand: Stand) -> None:
    stand.see(3)
    figures = {"zone": "hall", "lines": ["door"], "people": 61, "minutes": 30, "tolerance": 31.4}
    doubt = Doubt("exits-missed", figures)
    snapshot = stand.store.read_snapshot("1f")
    assert snapshot is not None
    written = replace(snapshot, seq=snapshot.seq + 1, doubts={"hall-cam": (doubt,)})
    assert stand.store.write_snapshot(written, line_delta={}, token=None)
    said = stand.client.get("/api/v1/cameras").json()[0]["doubts"][0]
    assert (said["code"], said["figures"]) == ("exits-missed", figures)
    assert said["text"]["en"] == "Hall: 61 more came in than left or stayed in 30 min (chance: 31); check door"
    assert said["text"]["ja"].startswith("ホール：30分間の進入")
    assert f"camera hall-cam: {said['text']['en']}" in stand.client.get("/healthz").json()["degraded"]
    assert 'camera_doubt{camera="hall-cam",doubt="exits-missed"} 1.0' in stand.client.get("/metrics").text


def test_the_openapi_document_names_every_typed_route(stand: Stand) -> None:
    document = stand.client.get("/api/v1/openapi.json").json()
    live = document["paths"]["/api/v1/live"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert live["$ref"].endswith("/LiveAnswer")
    assert set(document["components"]["schemas"]["LiveZone"]["properties"]) == CONTRACT
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1/"):
            told = [json.dumps(each["responses"]["200"]) for each in methods.values()]
            assert all("$ref" in answer or "cap+xml" in answer for answer in told), path


def test_the_site_tells_the_plan_in_metres(stand: Stand) -> None:
    site = stand.client.get("/api/v1/site").json()
    hall = next(zone for zone in site["zones"] if zone["id"] == "hall")
    assert hall["polygon"] == [[0, 0], [30, 0], [30, 12], [0, 12]]
    assert hall["area_m2"] == 30 * 12 - 3 * 2  # minus the footprint of the pop-up
    assert hall["standard"] == "walkway"
    assert site["standards"]["walkway"]["limits"][0] == pytest.approx(0.31, abs=0.002)
    assert site["popups"][0]["sensors"][0] == {
        "id": "co2", "kind": "co2", "label": "", "labels": {}, "unit": "ppm", "low": None, "high": 1000, "period_s": 10,
    }  # fmt: skip
    assert site["sources"]["film"] == ["hall-cam"]


def test_history_keeps_gaps_as_gaps(stand: Stand) -> None:
    start = int(NOW // 60) * 60
    for ago, mean in ((5, 3.0), (3, None), (1, 0.0)):
        assert stand.store.append_minute("1f", start - 60 * ago, [MinuteRow("hall", mean, 4, 0.5, 2, 1)])
    rows = stand.client.get("/api/v1/zones/hall/history?minutes=10").json()["minutes"]
    keys = ("people_mean", "people_max", "in", "out")
    assert [(row["at"] - start, *(row[key] for key in keys)) for row in rows] == [
        (-300, 3.0, 4, 2, 1),
        (-180, None, None, 2, 1),  # nobody looked: the highest count is not known either
        (-60, 0.0, 4, 2, 1),
    ]


def test_the_described_errors_are_those_that_come(stand: Stand) -> None:
    """Every 4xx and 5xx of the interface carries one sentence, and the OpenAPI document says so."""
    for path, operations in stand.app.openapi()["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
                if status[0] in "45" and path != "/healthz":
                    assert schema["$ref"].rsplit("/", 1)[1] in {"Problem", "Refused", "Conflict"}, (path, status)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/zones/nowhere/history", 404),
        ("/api/v1/zones/%00/history", 404),
        ("/api/v1/zones/hall/history?minutes=0", 422),
        ("/api/v1/zones/hall/history?minutes=99999", 422),
        ("/api/v1/zones/hall/history?minutes=NaN", 422),
        ("/api/v1/nothing", 404),
    ],
)
def test_wrong_requests_are_told_in_one_sentence(stand: Stand, path: str, code: int) -> None:
    answer = stand.client.get(path)
    assert answer.status_code == code
    assert isinstance(answer.json()["detail"], str)
    assert "Traceback" not in answer.text


def acknowledge(stand: Stand, by: Any, advisory: str = ADVISORY.id) -> tuple[int, dict[str, Any]]:
    answer = stand.client.post(f"/api/v1/advisories/{advisory}/acknowledge", json={"by": by})
    return answer.status_code, answer.json()


def test_the_first_who_acknowledges_stays(stand: Stand) -> None:
    assert acknowledge(stand, "console:mori")[0] == 404
    stand.store.put_advisory(ADVISORY, None)
    assert stand.client.get("/api/v1/advisories").json()[0]["status"] == "new"
    code, answer = acknowledge(stand, "console:森 愛")
    assert (code, answer["status"], answer["acknowledged_by"], answer["version"]) == (
        200,
        "acknowledged",
        "console:森 愛",
        2,
    )
    assert acknowledge(stand, "console:森 愛")[0] == 200
    code, answer = acknowledge(stand, "console:sato")
    assert (code, answer["detail"]) == (409, "This advisory is already acknowledged by 森 愛.")
    assert (answer["changed_by"], answer["changed_what"]) == ("console:森 愛", "acknowledged")
    assert (answer["advisory"]["status"], answer["advisory"]["version"]) == ("acknowledged", 2)
    assert stand.store.advisories()[0].acknowledged_by == "console:森 愛"
    (entry,) = stand.store.read_audit(10)
    assert (entry["who"], entry["what"]) == ("console:森 愛", "advisory acknowledged")


def test_a_resolved_advisory_cannot_be_acknowledged(stand: Stand) -> None:
    stand.store.put_advisory(ADVISORY.changed(status="resolved"), None)
    code, answer = acknowledge(stand, "console:mori")
    assert (code, answer["detail"]) == (409, "This advisory is already resolved.")


@pytest.mark.parametrize(
    "by",
    [
        "",
        "console:",
        "console: ",
        "mori",
        "console:" + "x" * 41,
        "console:a\nb",
        "console:\x00",
        "console:\u202eb",
        None,
        5,
        ["console:a"],
    ],
)
def test_who_acknowledges_has_a_name(stand: Stand, by: Any) -> None:
    stand.store.put_advisory(ADVISORY, None)
    code, answer = acknowledge(stand, by)
    assert (code, answer["code"], answer["args"]) == (422, "shape", {"place": "body.by"})
    assert "body.by" in answer["detail"]
    assert stand.store.advisories()[0].status == "new"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"by": "console:\\ud800"}', b"[" * 100_000, b"\xff", b'{"by":"console:a","x":1}']
)
def test_a_malformed_acknowledgement_is_no_server_error(stand: Stand, body: bytes) -> None:
    path = f"/api/v1/advisories/{ADVISORY.id}/acknowledge"
    answer = stand.client.post(path, {"Content-Type": "application/json"}, content=body)
    assert answer.status_code in {400, 422}
    assert isinstance(answer.json()["detail"], str)


def test_popups_tell_never_seen_apart_from_zero(stand: Stand) -> None:
    reading = SensorReading("kit-07", "door", 0.0, 5, NOW, NOW, simulated=True)
    assert stand.store.accept_readings("kit-07", 5, [reading])
    answer = stand.client.get("/api/v1/popups").json()
    matcha = {sensor["id"]: sensor for sensor in answer["popups"][0]["sensors"]}
    assert (matcha["door"]["value"], matcha["door"]["state"], matcha["door"]["trail"]) == (0.0, "live", [[NOW, 0.0]])
    assert (matcha["co2"]["value"], matcha["co2"]["state"], matcha["co2"]["age_s"]) == (None, "unknown", None)
    assert answer["popups"][0]["device"] == "kit-07"


def test_health_is_200_while_degraded_and_503_without_a_store(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "sensor matcha/co2: unknown" in answer.json()["degraded"]

    def refuse() -> None:
        raise StoreError("secret address redis://user:password@host")

    monkeypatch.setattr(stand.store, "ping", refuse)
    monkeypatch.setattr(stand.store, "time", refuse)
    answer = stand.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    for path in ("/api/v1/live", "/api/v1/popups", "/api/v1/zones/hall/history", "/metrics"):
        answer = stand.client.get(path)
        assert answer.status_code == 503, path
        assert "password" not in answer.text


def samples(text: str) -> dict[str, float]:
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


def test_metrics_say_what_the_pages_say(stand: Stand) -> None:
    stand.see(3)
    stand.store.publish_status(status(read=100, dropped=10))
    stand.store.count_refusal("late")
    first = samples(stand.client.get("/metrics").text)
    live = stand.client.get("/api/v1/live").json()["zones"]["hall"]
    assert first['zone_people{zone="hall"}'] == live["people"]
    assert first['zone_density{zone="hall"}'] == live["density"]
    assert first['value_age_seconds{zone="hall"}'] == live["age_s"]
    assert first['zone_state{state="live",zone="hall"}'] == 1.0
    assert 'zone_people{zone="plaza"}' not in first  # unknown is never zero
    assert first['process_fps{camera="hall-cam"}'] == 4.9
    assert first['ingest_refused_total{reason="late"}'] == 1.0
    assert 'camera_fps{camera="hall-cam"}' not in first
    stand.clock.now = NOW + 10
    stand.store.publish_status(status(read=150, dropped=20))
    second = samples(stand.client.get("/metrics").text)
    assert second['camera_fps{camera="hall-cam"}'] == 5.0
    assert second['skipped_fps{camera="hall-cam"}'] == 1.0
    assert not [name for name in second if "track" in name]


def test_figures_of_a_dead_camera_are_not_told(stand: Stand) -> None:
    stand.store.publish_status(replace(status(read=100, dropped=10), inference_s=0.05))
    alive = samples(stand.client.get("/metrics").text)
    assert alive['latency_seconds{camera="hall-cam"}'] == 0.31
    assert alive['inference_seconds{camera="hall-cam"}'] == 0.05
    stand.clock.now = NOW + 3600
    dead = samples(stand.client.get("/metrics").text)
    assert dead['camera_live{camera="hall-cam"}'] == 0.0
    for name in ("process_fps", "latency_seconds", "inference_seconds", "camera_fps"):
        assert f'{name}{{camera="hall-cam"}}' not in dead


def test_a_camera_without_a_frame_has_no_latency(stand: Stand) -> None:
    stand.store.publish_status(replace(status(read=0, dropped=0), latency_s=None))
    assert stand.client.get("/api/v1/live").json()["cameras"]["hall-cam"]["latency_s"] is None
    assert 'latency_seconds{camera="hall-cam"}' not in samples(stand.client.get("/metrics").text)


def test_health_names_an_engine_that_stopped_and_a_store_that_fills(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def troubles() -> list[str]:
        rows = stand.client.get("/healthz").json()["degraded"]
        return [row for row in rows if row.startswith(("engine", "store"))]

    assert troubles() == ["engine: has written nothing yet"]
    stand.see(3)
    assert troubles() == []
    stand.clock.now = NOW + 25
    monkeypatch.setattr(stand.store, "memory_share", lambda: 0.83)
    assert troubles() == ["engine: last wrote 25 s ago", "store: 83% of its memory used"]
    assert samples(stand.client.get("/metrics").text)["store_memory_share"] == 0.83
