"""Keys stay apart, and only those of the table have no end."""

import uuid
from itertools import combinations

import pytest

from mall.flows import LevelFlow
from mall.models import Totals
from mall.plan_state import PlanState
from mall.store import open_store
from mall.store.client import Link
from mall.store.embedded import EmbeddedStore
from mall.store.keys import PERSISTENT_KEYS, POINTS_LIFE_S, POINTS_TRIM_S, Keys, is_persistent, key
from tests.mall.store_samples import advisory, frame, minute_row, reading, snapshot, status


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("m1", "1f", "pts"), "mall:{m1:1f}:pts"),
        (("m1", None, "audit"), "mall:{m1}:audit"),
        (("m1", None, "popup", "kit-1", "co2"), "mall:{m1}:popup:kit-1:co2"),
        (("m1", "a}:b", "pts"), "mall:{m1:a%7D%3Ab}:pts"),
        (("m1", "地下1", "pts"), "mall:{m1:%E5%9C%B0%E4%B8%8B1}:pts"),
        (("m1", "", "pts"), "mall:{m1:}:pts"),
    ],
)
def test_key(arguments: tuple[str, str | None, str], text: str) -> None:
    assert key(*arguments) == text


def test_hostile_names_never_meet() -> None:
    names = ["a", "a:b", "b", "a}", "{a", "", "%7D", "}", ":", "a:b:c"]
    made = [key(site, level, "pts") for site in names for level in [None, *names]]
    made += [key("s", None, "popup", device, sensor) for device in names for sensor in names]
    assert all(one != other for one, other in combinations(made, 2))


def test_points_end_within_ten_seconds() -> None:
    # Trimmed by a later frame after one span, or ended with the whole stream a span after the last frame.
    assert 2 * POINTS_TRIM_S <= POINTS_LIFE_S == 10.0


def test_keys_without_an_end_are_those_of_the_table(store_server: EmbeddedStore) -> None:
    site = f"t-{uuid.uuid4().hex[:8]}"
    store = open_store(store_server.url, site)
    store.publish_points(frame())
    store.publish_status(status())
    store.acquire_lead("a", 30)
    store.write_snapshot(snapshot(), line_delta={"door": (1, 2)}, token="a")
    store.write_totals(Totals(1, 0, 1, 0.0))
    store.write_heat("1f", b"x")
    store.write_flow(LevelFlow("1f", 0.0))
    store.write_forecast("1f", b"{}")
    store.append_minute("1f", 60, [minute_row()])
    store.publish_public(b"{}")
    store.write_options("a1", b"{}")
    store.write_option_record("message|walkway", b"{}")
    store.put_advisory(advisory(1), None)
    store.put_advisory(advisory(2).changed(status="resolved"), None)
    store.accept_reading(reading())
    store.count_refusal("replay")
    store.put_plan_state(PlanState(1), 0)
    store.append_audit({"what": "test"})
    store.queue_notices("a", b"1", {"m": b"2"})
    store.write_channel("desk", b"3")
    store.swap_drills(b"{}", None)
    store.close()

    link = Link(store_server.url)
    lives = {text.decode(): link.do("PTTL", text) for text in link.do("KEYS", f"mall:{{{site}*")}
    link.close()
    assert {text for text, ttl in lives.items() if ttl == -1} == {text for text in lives if is_persistent(text)}
    assert {text.partition("}:")[2] for text, ttl in lives.items() if ttl == -1} == set(PERSISTENT_KEYS)
    assert {text.partition("}:")[2] for text, ttl in lives.items() if ttl > 0} == {
        "pts", "cameras", "lead", "snap", "heat", "flow", "forecast", "min", "public", "sensors", "popup:kit-1:co2",
        "options:a1",
    }  # fmt: skip
    assert 0 < lives[Keys(site).of_level("1f", "pts")] <= POINTS_TRIM_S * 1000
