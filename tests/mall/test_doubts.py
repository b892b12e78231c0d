"""Doubts about cameras: words in both languages, kept by records, shown beside the camera."""

import json
import string
from dataclasses import replace

import pytest

from mall.doubts import TEXTS, Doubt, doubts_of, told
from mall.models import CameraStatus, LevelSnapshot
from mall.store import MemoryStore
from mall.views.operator import Picture, live_view, operator_view
from mall.web.metrics import MallCollector, metrics_text
from mall.web.schemas import LiveAnswer
from tests.mall.scene import site
from tests.mall.store_samples import snapshot, status

SCALE = Doubt("scale", {"people": 40, "height_m": 2.3, "factor": 1.35})

CARD = {"mae": 1.0, "within_1": 0.75, "bias": -0.5, "n": 8, "date": "2026-11-20", "method": "by hand"}


def _blanks(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_both_languages_tell_the_same_figures(code: str) -> None:
    en, ja = TEXTS[code]
    assert en != ja
    assert _blanks(ja) <= _blanks(en)


def test_words_carry_the_figures() -> None:
    words = told(SCALE)
    assert "2.3 m" in words["en"]
    assert "1.35 times" in words["en"]
    assert "1.35倍" in words["ja"]


@pytest.mark.parametrize(
    "doubt", [Doubt("from the future"), Doubt("scale"), Doubt("scale", {**SCALE.figures, "height_m": "tall"})]
)
def test_what_has_no_words_is_told_by_its_code(doubt: Doubt) -> None:
    assert told(doubt) == {"en": doubt.code, "ja": doubt.code}


def test_records_keep_doubts_and_older_records_have_none() -> None:
    said = CameraStatus.from_json(replace(status(), doubts=(SCALE,)).to_json(), received_at=1.0)
    assert said.doubts == (SCALE,)
    row = json.loads(status().to_json())
    del row["doubts"]
    assert CameraStatus.from_json(json.dumps(row), received_at=1.0).doubts == ()
    kept = LevelSnapshot.from_json(replace(snapshot(), doubts={"c1": (SCALE,)}).to_json())
    assert kept.doubts == {"c1": (SCALE,)}
    row = json.loads(snapshot().to_json())
    del row["doubts"]
    assert LevelSnapshot.from_json(json.dumps(row)).doubts == {}
    assert doubts_of(None) == ()


def test_operator_interface_and_metrics_tell_the_doubts_of_worker_and_engine() -> None:
    place, store = site(cameras=2), MemoryStore()
    store.publish_status(replace(status("c1"), doubts=(SCALE,), zone_cards={"plaza": CARD}))
    found = {"c1": (Doubt("speed", {"people": 33, "speed_m_s": 2.4}),)}
    seen = {"1f": replace(snapshot(), doubts=found)}
    picture = Picture(store.time(), seen, store.read_statuses(), store.read_totals(), (), {})
    view = operator_view(place, picture)
    rows = view["cameras"]["c1"]["doubts"]
    assert [row["code"] for row in rows] == ["scale", "speed"]
    assert rows[1]["text"]["en"].startswith("33 people walk at 2.4 m/s")
    assert view["cameras"]["c2"]["doubts"] == []
    answer = LiveAnswer.model_validate(live_view(view)).cameras["c1"]
    assert [each.code for each in answer.doubts] == ["scale", "speed"]
    assert answer.zone_cards["plaza"].model_dump() == CARD
    text = metrics_text(MallCollector(lambda: view, store)).decode()
    assert 'camera_doubt{camera="c1",doubt="scale"} 1.0' in text
    assert text.count("camera_doubt{") == 2
