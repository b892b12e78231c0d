"""Outside addresses of a running stack, real processes and all: shapes that are kept stable."""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack_process import StackProcess, wait_for, write_boxes_site

ZONE_KEYS = {
    "people", "band", "density", "los", "state", "age_s", "observed_at", "seq", "epoch", "coverage", "source",
}  # fmt: skip
STATES = {"live", "stale", "offline", "unknown", "saturated"}
WORDS = {"quiet", "moderate", "busy", "very_busy", "no_data", "closed"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    folder = tmp_path_factory.mktemp("stack")
    running = StackProcess(write_boxes_site(folder / "site"), folder / "state").start()
    try:
        yield running.wait_until_live()
    finally:
        running.kill_rest()


def test_live_has_the_promised_shape(stack: StackProcess) -> None:
    live = stack.get_json("/api/v1/live")
    assert set(live) >= {"at", "zones", "cameras", "totals"}
    assert set(live["totals"]) >= {"in", "out", "inside"}
    zone = live["zones"]["plaza"]
    assert set(zone) >= ZONE_KEYS
    assert zone["state"] in STATES
    assert zone["source"] == "recorded"
    assert zone["people"] == 2
    low, high = zone["band"]
    assert low <= 2 <= high
    assert 0 <= zone["coverage"] <= 1
    assert 0 <= zone["age_s"] < 3
    assert zone["density"] == pytest.approx(0.02)
    assert set(live["cameras"]) == {"c1"}


def test_people_is_null_unless_something_is_known(stack: StackProcess) -> None:
    for zone in stack.get_json("/api/v1/live")["zones"].values():
        assert (zone["people"] is None) == (zone["state"] in {"offline", "unknown"})


def test_health_says_ok_and_lists_what_is_degraded(stack: StackProcess) -> None:
    status, body = stack.get("/healthz")
    assert status == 200
    assert "degraded" in json.loads(body)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"), ("/embed/", "text/html"), ("/metrics", "text/plain"), ("/api/v1/site", "application/json"),
        ("/api/v1/openapi.json", "application/json"), ("/embed/state.json", "application/json"),
    ],
)  # fmt: skip
def test_addresses_answer_with_their_kind(stack: StackProcess, path: str, kind: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-type", "").partition(";")[0]) == (200, kind)
    connection.close()


def test_the_public_feed_says_words_only(stack: StackProcess) -> None:
    state = stack.get_json("/embed/state.json")
    assert set(state) >= {"version", "at", "zones"}
    assert set(state["zones"].values()) <= WORDS


def test_the_event_stream_begins_with_the_full_state_and_goes_on(stack: StackProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)
    connection.request("GET", "/live/stream")
    answer = connection.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    rows = []
    while len(rows) < 2:
        line = answer.readline()
        if line.startswith(b"data:"):
            rows.append(json.loads(line[5:]))
    connection.close()
    assert rows[0]["full"] is True
    assert rows[0]["zones"]["plaza"]["state"] == "live"
    assert rows[1]["at"] >= rows[0]["at"]


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_foreign_hosts_and_origins_are_refused(stack: StackProcess, header: dict[str, str]) -> None:
    assert stack.get("/api/v1/live", **header)[0] in {400, 403, 421}


def test_a_second_stack_on_the_same_state_is_told_who_holds_it(stack: StackProcess) -> None:
    second = StackProcess(stack.site, stack.state, log=stack.state.with_suffix(".second")).start()
    assert second.process is not None
    assert second.process.wait(timeout=30) == 2
    said = second.log.read_text()
    assert stack.process is not None
    assert str(stack.process.pid) in said
    assert stack.get("/healthz")[0] == 200


def test_sigterm_stops_everything_within_five_seconds(stack: StackProcess) -> None:
    # Last in the file: the stack is gone afterwards.
    assert len(stack.processes()) >= 4
    began = time.monotonic()
    code = stack.stop()
    assert time.monotonic() - began < 5
    assert code == 0
    wait_for(lambda: not stack.processes(), what="no process to be left")
    text = stack.log.read_text()
    assert f"http://127.0.0.1:{stack.port}/" in text
    assert "Traceback" not in text


def test_the_state_folder_is_where_it_was_asked_to_be(tmp_path: Path, stack: StackProcess) -> None:
    assert (stack.state / "store").is_dir()
    assert not list(tmp_path.iterdir())
