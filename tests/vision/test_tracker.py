import numpy as np
import pytest

from vision.detections import Detections
from vision.tracker import BEHIND_S, BRIDGE_S, Tracker

RATE = 5.0


def people(*places, confidence=0.9):
    return Detections.from_rows([[x, y, x + 30, y + 80, confidence] for x, y in places])


def run(tracker, frames, *, start=0.0):
    return [tracker.update(found, start + i / RATE, size=(640, 480)) for i, found in enumerate(frames)]


def test_empty_frames_are_ordinary():
    assert [len(tracks) for tracks in run(Tracker(RATE), [Detections.empty()] * 5)] == [0] * 5


def test_the_first_frame_confirms_what_it_shows():
    tracks = Tracker(RATE).update(people((100, 100), (300, 100)), 0.0)
    assert len(tracks) == 2
    assert tracks.confirmed.all()


def test_later_a_single_glimpse_does_not_count():
    tracker = Tracker(RATE)
    counts = [len(t) for t in run(tracker, [people((100, 100)), people((100, 100), (300, 100)), people((100, 100))])]
    assert counts == [1, 1, 1]


def test_someone_standing_still_stays_one_person():
    tracks = run(Tracker(RATE), [people((100, 100))] * 300)
    assert {tuple(t.id.tolist()) for t in tracks} == {(1,)}


def test_weak_boxes_prolong_but_never_begin():
    tracker = Tracker(RATE)
    weak = people((100, 100), (400, 100), confidence=0.2)
    counts = [len(t) for t in run(tracker, [people((100, 100)), weak, weak, weak])]
    assert counts == [1, 1, 1, 1]


def test_a_short_gap_is_bridged_a_long_one_is_not():
    tracker = Tracker(RATE)
    gap = [Detections.empty()] * 6
    counts = [len(t) for t in run(tracker, [people((100, 100))] * 5 + gap)]
    bridged = int(BRIDGE_S * RATE)
    assert counts == [1] * (5 + bridged) + [0] * (6 - bridged)


def test_nobody_is_bridged_over_the_edge():
    tracker = Tracker(RATE)
    walk = [people((x, 100)) for x in (570, 580, 590, 600, 610)]
    assert [len(t) for t in run(tracker, [*walk, Detections.empty()])][-1] == 0


def test_walkers_keep_their_numbers():
    tracker = Tracker(RATE)
    frames = [people((10 + 8 * i, 100), (500 - 8 * i, 300)) for i in range(40)]
    ids = {tuple(sorted(t.id.tolist())) for t in run(tracker, frames)}
    assert ids == {(1, 2)}


def test_reset_ends_tracks_and_never_gives_a_number_twice():
    tracker = Tracker(RATE, first_id=1000)
    before = run(tracker, [people((100, 100), (300, 100))] * 3)[-1].id
    tracker.reset()
    after = run(tracker, [people((100, 100), (300, 100))] * 3)[-1].id
    assert sorted(before.tolist()) == [1001, 1002]
    assert not set(before.tolist()) & set(after.tolist())


@pytest.mark.parametrize("times", [[0.0, 0.0, 0.0], [5.0, 4.0, 3.0], [0.0, 1e9, 1e9]])
def test_odd_clocks_do_no_harm(times):
    tracker = Tracker(RATE)
    counts = [len(tracker.update(people((100, 100)), t)) for t in times]
    assert counts == [1, 1, 1] if times[1] < 1e8 else counts[0] == 1


def test_boxes_stay_inside_the_picture():
    tracks = run(Tracker(RATE), [people((600, 420))] * 4)[-1]
    assert (tracks.xyxy[:, 2:] <= [640, 480]).all()
    assert np.isfinite(tracks.xyxy).all()


def in_front_of(x):
    """Return somebody nearer who hides whoever stands at (x, 100): lower feet, a larger box."""
    return [x - 10, 90, x + 40, 210, 0.9]


@pytest.mark.parametrize(("behind", "kept_s"), [(True, BEHIND_S), (False, BRIDGE_S)])
def test_hidden_behind_another_somebody_is_kept_longer(behind, kept_s):
    tracker = Tracker(RATE)
    here, other = [100, 100, 130, 180, 0.9], in_front_of(100 if behind else 300)
    run(tracker, [Detections.from_rows([here, other])] * 5)
    frames = [Detections.from_rows([other])] * 8
    counts = [len(t) for t in run(tracker, frames, start=5 / RATE)]
    kept = int(kept_s * RATE + 1e-6)
    assert counts == [2] * kept + [1] * (8 - kept)


def test_hidden_feet_are_told_of_the_person_they_belong_to():
    tracker = Tracker(RATE)
    found = people((100, 100), (300, 100))
    for i in range(5):
        tracks = tracker.update(found, i / RATE, size=(640, 480), hidden=np.array([False, True]))
    assert dict(zip(tracks.xyxy[:, 0].round().tolist(), tracks.hidden.tolist(), strict=True)) == {100: False, 300: True}
    gone = tracker.update(Detections.empty(), 1.0, size=(640, 480))
    assert gone.hidden.all()
    assert len(gone) == 2


def test_whoever_has_mostly_walked_out_of_the_picture_is_gone():
    tracker = Tracker(RATE)
    walk = [people((500 + 10 * i, 100)) for i in range(11)]  # its right edge reaches the picture's at x = 610
    cut = [Detections.from_rows([[600 + 10 * i, 100, 640, 180, 0.9]]) for i in range(2, 4)]
    counts = [len(t) for t in run(tracker, walk + cut)]
    assert counts[:11] == [1] * 11
    assert counts[-1] == 0


def test_whoever_stays_at_the_edge_stays_counted():
    tracks = run(Tracker(RATE), [Detections.from_rows([[620, 100, 640, 180, 0.9]])] * 50)
    assert [len(t) for t in tracks] == [1] * 50
