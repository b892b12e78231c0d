"""Rates under overload: a simulated machine whose capacity is known, and arithmetic by hand."""

import heapq

import pytest

from mall.cameras.pace import CREDIT_S, FairShare, Pace


class Camera:
    """Looks whenever it may; its source delivers the newest frame at ``fps``."""

    def __init__(self, rate, fps=None, *, free=False, phase=0.0):
        self.pace = Pace(rate)
        self.fps, self.phase, self.is_free = fps or rate, phase, free
        self.waiting_at = None
        self.is_busy = False
        self.taken = 0

    @property
    def is_waiting(self):
        return not self.is_busy and self.waiting_at is not None and self.waiting_at >= self.pace.next_due


def run(cameras, *, places, cost_s, seconds, outage=None):
    """Play a machine that detects ``places`` pictures at a time, ``cost_s`` each, first come first served."""
    share = FairShare(places)
    events = [(camera.phase, 0, n, "frame") for n, camera in enumerate(cameras)]
    heapq.heapify(events)
    idle, queue, number = places, [], 1
    while events:
        now, _, n, kind = heapq.heappop(events)
        if now > seconds:
            break
        camera = cameras[n]
        if kind == "frame":
            if outage is None or n != 0 or not outage[0] <= now < outage[1]:
                camera.pace.offer(now)
                camera.waiting_at = now
            heapq.heappush(events, (now + 1 / camera.fps, number, n, "frame"))
        else:
            camera.is_busy, idle = False, idle + 1
        for eye in share.turns(cameras):
            eye.pace.take(eye.waiting_at)
            eye.waiting_at, eye.taken = None, eye.taken + 1
            if not eye.is_free:
                eye.is_busy = True
                queue.append(cameras.index(eye))
        while idle and queue:
            idle, number = idle - 1, number + 1
            heapq.heappush(events, (now + cost_s, number, queue.pop(0), "done"))
    return [camera.taken / (seconds * camera.fps) for camera in cameras]


@pytest.mark.parametrize(
    ("rates", "places", "cost_s"),
    [
        ((5, 5, 10), 1, 0.1),  # a serial detector: 10 of 20 frames a second
        ((5, 5, 10), 2, 0.2),  # two at a time, and only three cameras
        ((5, 5, 10, 5, 5, 10), 4, 0.4),
        ((5, 5, 5, 5, 5, 5, 5, 10), 2, 0.1),
        ((1, 2, 4, 8, 16), 1, 0.1),
        ((5, 5, 10), 1, 1.0),  # one frame a second
    ],
)
def test_everybody_gets_the_same_share_of_its_rate(rates, places, cost_s):
    cameras = [Camera(rate, fps=25, phase=n * 0.013) for n, rate in enumerate(rates)]
    run(cameras, places=places, cost_s=cost_s, seconds=240)
    shares = [camera.taken / 240 / rate for camera, rate in zip(cameras, rates, strict=True)]
    capacity = places / cost_s / sum(rates)
    assert shares == pytest.approx([capacity] * len(rates), rel=0.1)


def test_nobody_waits_where_there_is_room():
    cameras = [Camera(rate, phase=n * 0.01) for n, rate in enumerate((5, 5, 10))]
    assert run(cameras, places=2, cost_s=0.05, seconds=60) == pytest.approx([1, 1, 1], rel=0.02)


def test_a_slow_camera_is_not_held_back_by_one_that_can_never_keep_up():
    """One picture at a time takes 0.2 s: a rate of 30 is out of reach, however idle the other processor is."""
    slow, fast = Camera(1), Camera(30, phase=0.01)
    run([slow, fast], places=2, cost_s=0.2, seconds=120)
    assert slow.taken / 120 == pytest.approx(1, rel=0.02)
    assert fast.taken / 120 == pytest.approx(5, rel=0.25)  # looks only when its source's next frame is there


def test_recorded_boxes_take_no_place():
    cameras = [Camera(5, 25, phase=0.01), Camera(20, 20, free=True)]
    run(cameras, places=1, cost_s=1.0, seconds=60)
    assert cameras[1].taken == pytest.approx(1200, rel=0.02)
    assert cameras[0].taken == pytest.approx(60, rel=0.05)


def test_a_camera_that_comes_back_does_not_starve_the_others():
    cameras = [Camera(5, 25), Camera(5, 25, phase=0.01)]
    run(cameras, places=1, cost_s=0.2, seconds=600, outage=(10, 580))
    # Alone it takes 5 a second for 570 s; both alike 2.5 for the other 30 s, less the credit of the one that was away.
    assert cameras[1].taken == pytest.approx(570 * 5 + 30 * 2.5, abs=5 * CREDIT_S + 3)
    assert cameras[0].taken == pytest.approx(30 * 2.5, abs=5 * CREDIT_S + 3)


@pytest.mark.parametrize(
    ("rate", "fps", "looked_at_fps", "behind"),
    [
        (5, 5, 5, False),
        (5, 25, 5, False),  # five of 25 are wanted
        (5, 2, 2, False),  # the source delivers no more
        (5, 5, 3, True),
        (5, 25, 3, True),
        (5, 2, 1, True),
        (0.5, 0.5, 0.25, True),
        (0.5, 0.5, 0.5, False),
    ],
)
def test_behind_is_what_the_machine_leaves_out_and_not_what_the_source_does(rate, fps, looked_at_fps, behind):
    pace, owed, seconds, every = Pace(rate), 0.0, 200, max(1, round(fps / rate))
    for n in range(int(seconds * fps)):
        at = 100 + n / fps
        pace.offer(at)
        if n % every == 0:
            owed += looked_at_fps / min(rate, fps)
            if owed >= 1 - 1e-9:
                owed -= 1
                pace.take(at)
    reached, wanted = pace.rates(100 + seconds - 0.5 / fps)
    assert (reached, wanted) == (pytest.approx(looked_at_fps, rel=0.1), pytest.approx(min(rate, fps), rel=0.1))
    assert pace.behind is behind


def test_nothing_is_judged_before_there_is_enough_to_judge_by():
    pace = Pace(5)
    assert pace.rates(50.0) == (0.0, 0.0)
    for n in range(25):
        pace.offer(100 + n / 5)
    pace.take(100.0)
    pace.rates(105.0)
    assert not pace.behind


def test_a_recording_says_what_it_has_to_offer_for_its_reader_skips_in_silence():
    pace = Pace(5)
    pace.expect(7.0)
    for n in range(40):
        pace.offer(100 + n / 2)
        pace.take(100 + n / 2)
    reached, wanted = pace.rates(119.9)
    assert (reached, wanted, pace.behind) == (pytest.approx(2.0, abs=0.11), 5.0, True)


def test_it_catches_up_only_when_it_clearly_does():
    pace = Pace(5)
    for n in range(100):
        pace.offer(100 + n / 5)
        if n % 2:
            pace.take(100 + n / 5)
    pace.rates(119.9)
    assert pace.behind
    for n in range(100, 160):
        pace.offer(100 + n / 5)
        pace.take(100 + n / 5)
    pace.rates(100 + 160 / 5)
    assert not pace.behind
