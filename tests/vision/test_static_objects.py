"""The clock is an argument: hours pass in milliseconds."""

import numpy as np
import pytest

from vision.detections import Tracks
from vision.static_objects import LEARN_S, StaticObjects

HOUR = 3600.0
STEP = 30.0
MANNEQUIN = (100.0, 100.0, 140.0, 220.0)


def tracks(**people):
    ids = np.array([int(name[1:]) for name in people], np.int64)
    rows = np.array(list(people.values()), np.float32).reshape(-1, 4)
    return Tracks(rows, np.full(len(ids), 0.8, np.float32), ids, np.ones(len(ids), np.bool_))


def jittered(rng, box=MANNEQUIN, by=1.5):
    return tuple(np.asarray(box) + rng.normal(0, by, 4))


def shifted(by, box=MANNEQUIN):
    return box[0] + by, box[1], box[2] + by, box[3]


def watch(things, hours, scene, start=0.0):
    """Show ``scene(t)`` for some hours and return the last answer."""
    answer = None
    for t in np.arange(start, start + hours * HOUR + STEP, STEP):
        answer = things.update(scene(t), t)
    return answer.tolist()


def test_what_never_moves_is_learnt_after_the_documented_time_and_not_before():
    rng, things = np.random.default_rng(0), StaticObjects()
    assert watch(things, LEARN_S / HOUR - 0.05, lambda t: tracks(p1=jittered(rng))) == [False]
    assert watch(things, 0.1, lambda t: tracks(p1=jittered(rng)), start=LEARN_S - 0.05 * HOUR + STEP) == [True]
    assert len(things.learnt) == 1


def test_it_is_learnt_although_its_track_is_lost_now_and_then():
    rng, things = np.random.default_rng(1), StaticObjects()

    def scene(t):
        number = int(t // 900)
        return tracks() if rng.random() < 0.1 else tracks(**{f"p{number}": jittered(rng)})

    watch(things, 5, scene)
    assert things.update(tracks(p999=MANNEQUIN), 5.1 * HOUR).tolist() == [True]


def test_whoever_walked_there_is_never_learnt_even_by_another_track():
    rng, things = np.random.default_rng(2), StaticObjects()

    def scene(t):
        if t < 600:
            return tracks(p1=shifted(400 - t / 1.5))
        return tracks(**{f"p{1 + int(t // HOUR)}": jittered(rng)})

    assert watch(things, 12, scene) == [False]
    assert len(things.learnt) == 0


def test_somebody_in_front_of_a_learnt_thing_still_counts():
    rng, things = np.random.default_rng(3), StaticObjects()
    watch(things, 5, lambda t: tracks(p1=jittered(rng)))
    walk = [things.update(tracks(p2=(100.0 + dx, 100, 140.0 + dx, 220)), 5.1 * HOUR + i) for i, dx in
            enumerate(range(-60, 1, 10))]  # fmt: skip
    assert [row.tolist() for row in walk] == [[False]] * 7


def test_someone_who_fidgets_at_a_place_is_not_a_thing():
    rng, things = np.random.default_rng(4), StaticObjects()
    assert watch(things, 10, lambda t: tracks(p1=shifted(rng.normal(0, 12)))) == [False]


def test_a_place_half_of_the_time_occupied_is_a_bench():
    rng, things = np.random.default_rng(5), StaticObjects()
    scene = lambda t: tracks(**{f"p{int(t // 600)}": jittered(rng)}) if int(t // 600) % 2 else tracks()  # noqa: E731
    watch(things, 12, scene)
    assert len(things.learnt) == 0


def test_lights_out_for_a_night_and_the_thing_is_still_known():
    rng, things = np.random.default_rng(6), StaticObjects()
    watch(things, 6, lambda t: tracks(p1=jittered(rng)))
    watch(things, 9, lambda t: tracks(), start=6 * HOUR)
    assert things.update(tracks(p2=MANNEQUIN), 15.1 * HOUR).tolist() == [True]
    watch(things, 25, lambda t: tracks(), start=16 * HOUR)
    assert len(things.learnt) == 0, "taken away"


@pytest.mark.parametrize("jump", [-5 * HOUR, 5 * HOUR])
def test_a_clock_that_jumps_teaches_nothing(jump):
    things = StaticObjects()
    things.update(tracks(p1=MANNEQUIN), 0.0)
    assert things.update(tracks(p1=MANNEQUIN), jump).tolist() == [False]


def test_a_cut_ends_tracks_not_things():
    rng, things = np.random.default_rng(7), StaticObjects()
    watch(things, 5, lambda t: tracks(p1=jittered(rng)))
    things.cut()
    assert things.update(tracks(p1=MANNEQUIN), 5.1 * HOUR).tolist() == [True]


def test_nobody_and_memory_stays_small():
    things = StaticObjects()
    assert things.update(tracks(), 0.0).shape == (0,)
    for i in range(5000):
        x = float(i % 50) * 20
        things.update(tracks(**{f"p{i}": (x, 0.0, x + 10, 40.0)}), i * 0.2)
    assert len(things._places) < 500
    assert len(things._births) < 200
