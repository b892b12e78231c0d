"""Head counts on stills, against the command that fits them from a file."""

import datetime

import pytest

from mall.cameras.head_counts import fit_head_counts
from mall.setup.counts import STILL_KEPT_S, HeadCountBook, Stills, StillSeen
from mall.setup.words import SetupError

DAY = datetime.date(2026, 11, 28)


def seen(people, recipe="r1", **zones):
    return StillSeen("a", "2026-11-28T10:00:00+00:00", people, zones, recipe, "person_n")


@pytest.fixture
def book(tmp_path):
    return HeadCountBook(tmp_path / "counts")


def code(call, *args, **more):
    with pytest.raises(SetupError) as caught:
        call(*args, **more)
    return caught.value.code


PAIRS = [(4, 5), (8, 10), (10, 13), (2, 2), (6, 8)]


def test_five_counts_give_the_line_that_calibrate_gives(book):
    for n, people in PAIRS[:4]:
        book.add(seen(n, hall=n), people, {"hall": people + 1})
    assert code(book.fit, "a", day=DAY) == "few-counts"
    book.add(seen(*PAIRS[4][:1], hall=6), 8, {})
    fitted = book.fit("a", day=DAY)
    assert fitted.overall == fit_head_counts(*zip(*PAIRS, strict=True), day=DAY)
    assert (fitted.digest, fitted.weights, dict(fitted.zones)) == ("r1", "person_n", {})  # the zone has four only
    book.add(seen(6, hall=6), 8, {"hall": 9})
    assert set(book.fit("a", day=DAY).zones) == {"hall"}


def test_counts_of_another_detector_or_other_masks_do_not_count(book):
    for n, people in PAIRS:
        book.add(seen(n, recipe="old"), people, {})
    book.add(seen(3, recipe="new"), 4, {})
    assert code(book.fit, "a", day=DAY) == "few-counts"


def test_a_count_can_be_taken_away_and_survives_a_new_process(book, tmp_path):
    first, second = book.add(seen(3, hall=1), 4, {"hall": 1})
    again = HeadCountBook(tmp_path / "counts")
    again.drop("a", first["id"])
    assert [row["id"] for row in book.rows("a")] == [second["id"]]
    assert code(book.drop, "a", first["id"]) == "unknown"
    assert book.rows("b") == []


def test_a_zone_that_was_not_seen_is_refused_and_nothing_kept(book):
    assert code(book.add, seen(3, hall=1), 4, {"hall": 1, "moon": 2}) == "unknown"
    assert book.rows("a") == []


def test_a_still_is_remembered_for_ten_minutes_and_for_its_camera_only():
    now = [0.0]
    stills = Stills(clock=lambda: now[0])
    still = stills.remember(seen(3))
    assert stills.recall(still, "a").people == 3
    assert code(stills.recall, still, "b") == "still"
    assert code(stills.recall, "x", "a") == "still"
    now[0] = STILL_KEPT_S
    assert code(stills.recall, still, "a") == "still"


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', '[{"id": "x"}]'])
def test_a_damaged_file_is_named_and_never_written_over(book, tmp_path, text):
    book.add(seen(3, hall=1), 4, {})
    path = tmp_path / "counts" / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=str(path)) as caught:
        book.add(seen(3, hall=1), 4, {})
    assert caught.value.code == "damaged"
    assert path.read_text(encoding="utf-8") == text
