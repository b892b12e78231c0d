"""``/api/v1/zones/{zone}/forecast``: what was made, what was not, and why."""

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mall.forecast.shape import Forecast, Step
from mall.forecast.wording import METHODS, REASONS
from mall.models import pack
from mall.store import MemoryStore
from mall.web.api import install_errors
from mall.web.forecast_api import add_forecast
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import write_site

MADE = Forecast(
    "hall", 900.0, (Step(1800.0, 1.0, 2.5, 4.0), Step(4500.0, 0.0, 1.0, 3.25, is_validated=True)), method="weekly",
    trained_on=12.0,
)  # fmt: skip


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(tmp_path: Path, store: MemoryStore) -> AppClient:
    app = FastAPI()
    install_errors(app)
    add_forecast(app.router, write_site(tmp_path), store)
    return AppClient(app)


def answer(client: AppClient, zone: str = "hall") -> dict[str, Any]:
    got = client.get(f"/api/v1/zones/{zone}/forecast")
    assert got.status_code == 200
    return got.json()


def test_a_forecast_with_its_interval_and_marks(client: AppClient, store: MemoryStore) -> None:
    store.write_forecast("1f", pack({"hall": MADE.to_row()}))
    told = answer(client)
    assert told["steps"][0] == {"t": 1800.0, "low": 1.0, "likely": 2.5, "high": 4.0, "is_validated": False}
    assert [step["is_validated"] for step in told["steps"]] == [False, True]
    assert (told["at"], told["interval"], told["method"], told["trained_on"]) == (900.0, 0.8, "weekly", 12.0)
    assert told["marks"] == [{"en": "not yet validated", "ja": "未検証"}]
    assert told["none_reason"] is None


def test_an_invented_history_says_so(client: AppClient, store: MemoryStore) -> None:
    sample = Forecast("hall", 900.0, MADE.steps[:1], method="weekly", is_sample=True)
    store.write_forecast("1f", pack({"hall": sample.to_row()}))
    told = answer(client)
    assert (told["is_sample"], told["is_validated"], told["marks"]) == (True, False, [{"en": "sample", "ja": "見本"}])


@pytest.mark.parametrize(
    ("written", "reason", "at"),
    [
        (None, "not_made", None),
        ({}, "not_made", None),
        ({"hall": Forecast("hall", 5.0, none_reason="short_history").to_row()}, "short_history", 5.0),
    ],
)
def test_none_says_why(
    client: AppClient, store: MemoryStore, written: dict[str, Any] | None, reason: str, at: float | None
) -> None:
    if written is not None:
        store.write_forecast("1f", pack(written))
    told = answer(client)
    assert (told["steps"], told["none_reason"], told["at"], told["method"]) == ([], reason, at, "none")
    assert told["text"]["none_reason"] == {"en": REASONS[reason][0], "ja": REASONS[reason][1]}


def test_no_such_zone(client: AppClient) -> None:
    assert client.get("/api/v1/zones/nowhere/forecast").status_code == 404


@pytest.mark.parametrize("damaged", [b"{", b"[]", b'{"hall": 3}', b'{"hall": {"at": 1}}'])
def test_a_damaged_record_is_no_stack_trace(client: AppClient, store: MemoryStore, damaged: bytes) -> None:
    store.write_forecast("1f", damaged)
    got = client.get("/api/v1/zones/hall/forecast")
    assert got.status_code == 503
    assert "Traceback" not in got.text


def test_every_method_and_reason_has_words_in_both_languages() -> None:
    assert set(METHODS) == {"weekly", "daily", "last", "none"}
    assert all(en and ja and en != ja for en, ja in (*METHODS.values(), *REASONS.values()))
