"""Which pictures are taken: parts apart in time, the busy ones where there is a choice, a stream that stops."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from vision.detections import Detections
from vision.detector import Image
from vision.distill.sampling import (
    FEWEST,
    GAP,
    Slot,
    interest,
    plan_slots,
    sample_recording,
    sample_stream,
)  # fmt: skip
from vision.frames import Frame


class Film:
    """A recording of 10 frames a second whose pictures carry their number, and that only goes forwards."""

    short_of = None

    def __init__(self, count: int, *, ends_at: int | None = None) -> None:
        self.path = Path("film")
        self.count, self._ends_at, self.read_indices = count, count if ends_at is None else ends_at, list[int]()

    @property
    def duration_s(self) -> float:
        return self.count / 10

    def time_of(self, index: int) -> float:
        return index / 10

    def index_at(self, t: float) -> int:
        return min(int(t * 10 + 1e-6), self.count - 1)

    def read(self, index: int) -> Image | None:
        assert not self.read_indices or index > self.read_indices[-1], "went back"
        self.read_indices.append(index)
        return None if index >= self._ends_at else picture(index)

    def close(self) -> None:
        pass


def picture(number: int) -> Image:
    return np.full((2, 2, 3), number, np.uint8)


def number_of(image: Image) -> int:
    return int(image[0, 0, 0])


def last(images: Sequence[Image]) -> int:
    return len(images) - 1


@pytest.mark.parametrize("wanted", [8, 9, 24, 100, 301])
def test_parts_are_whole_stretches_in_order_with_gaps(wanted: int) -> None:
    slots = plan_slots(wanted)
    assert [slot.number for slot in slots] == list(range(wanted))
    at = {part: [m for s in slots if s.part == part for m in s.at] for part in ("train", "stop", "held")}
    assert all(moments == sorted(moments) and len(set(moments)) == len(moments) for moments in at.values())
    assert at["train"][0] >= 0
    assert at["train"][-1] + GAP <= at["stop"][0]
    assert at["stop"][-1] + GAP <= at["held"][0]
    assert at["held"][-1] < 1
    assert all(slot.at[-1] < slot.until for slot in slots)
    assert all(one.until <= other.at[0] for one, other in pairwise(slots))
    held = [slot for slot in slots if slot.part == "held"]
    assert len(held) == round(wanted / 4)
    assert all(len(slot.at) == 1 for slot in held), "what is held out is not chosen"


def test_a_checked_camera_is_held_out_whole() -> None:
    slots = plan_slots(10, only_held=True)
    assert {slot.part for slot in slots} == {"held"}
    assert [slot.at for slot in slots] == [(pytest.approx((k + 0.5) / 10),) for k in range(10)]


def test_too_few_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at least {FEWEST}"):
        plan_slots(FEWEST - 1)


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [([], 0), ([0.9], 1), ([0.2], 2), ([0.9, 0.39, 0.05], 3), ([0.4, 0.1], 3)],
)
def test_interest_counts_the_unsure_twice(confidence: list[float], expected: float) -> None:
    rows = [(0, 0, 1, 1, c) for c in confidence]
    assert interest(Detections.from_rows(rows)) == expected


class TestRecording:
    def test_every_slot_gets_the_chosen_one_of_its_candidates(self) -> None:
        film = Film(240)
        got = [(slot, number_of(image)) for slot, image in sample_recording(film, plan_slots(8), last)]
        assert [slot.number for slot, _ in got] == list(range(8))
        for slot, number in got:
            assert number == film.index_at(slot.at[-1] * 24.0)

    def test_no_frame_is_taken_twice_from_a_short_film(self) -> None:
        got = [number_of(image) for _, image in sample_recording(Film(10), plan_slots(40), last)]
        assert got == sorted(set(got))
        assert 1 <= len(got) <= 10

    def test_a_film_that_ends_early_gives_what_it_has(self) -> None:
        got = [number_of(image) for _, image in sample_recording(Film(100, ends_at=50), plan_slots(8), last)]
        assert got
        assert max(got) < 50

    def test_nothing_to_read_gives_nothing(self) -> None:
        assert list(sample_recording(Film(100, ends_at=0), plan_slots(8), last)) == []


def stream(times: Sequence[float]) -> Iterator[Frame]:
    for index, t in enumerate(times):
        yield Frame(index, t, 1000.0 + t, picture(int(t)), cut=index == 0)


SLOTS = [Slot("train", 0, (0.1, 0.2), 0.3), Slot("train", 1, (0.4, 0.5), 0.6), Slot("held", 2, (0.8,), 1.0)]


class TestStream:
    def test_each_moment_takes_the_next_frame(self) -> None:
        got = [(slot.number, number_of(image)) for slot, image in sample_stream(stream(range(101)), SLOTS, 100.0, last)]
        assert got == [(0, 20), (1, 50), (2, 80)]

    def test_it_ends_by_itself(self) -> None:
        frames = stream(range(10_000))
        assert len(list(sample_stream(frames, SLOTS, 100.0, last))) == 3
        assert next(frames).index < 120

    def test_what_an_outage_swallowed_is_left_out_and_never_made_up_from_another_part(self) -> None:
        for back_at, held in ((61, 80), (79, 80), (90, 90)):
            times = [*range(31), *range(back_at, 120)]
            got = [(slot.number, number_of(image)) for slot, image in sample_stream(stream(times), SLOTS, 100.0, last)]
            assert got == [(0, 20), (2, held)]

    def test_a_slot_cut_short_gives_what_it_has(self) -> None:
        times = [*range(45), *range(70, 120)]
        got = [(slot.number, number_of(image)) for slot, image in sample_stream(stream(times), SLOTS, 100.0, last)]
        assert got == [(0, 20), (1, 40), (2, 80)]

    def test_a_stream_that_dies_gives_what_it_had(self) -> None:
        got = [slot.number for slot, _ in sample_stream(stream(range(30)), SLOTS, 100.0, last)]
        assert got == [0]

    def test_silence_gives_nothing(self) -> None:
        assert list(sample_stream(stream([]), SLOTS, 100.0, last)) == []
