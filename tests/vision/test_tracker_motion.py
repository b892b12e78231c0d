import numpy as np
import pytest

from vision.tracker_motion import USUAL_WIDTH, BodyMotion

RATE = 10.0
STANDING = np.array([100.0, 100.0, 140.0, 200.0])


def after(boxes, *, rate=RATE):
    motion = BodyMotion(boxes[0])
    for box in boxes[1:]:
        motion.predict(1.0, rate)
        motion.update(box)
    return motion


def test_a_box_that_stays_stays():
    assert after([STANDING] * 50).state_to_bbox() == pytest.approx(STANDING, abs=0.5)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_motion_has_no_unit_of_its_own(scale):
    walk = [scale * (STANDING + i * np.array([3, 1, 3, 1])) for i in range(20)]
    plain = after([box / scale for box in walk]).state_to_bbox()
    assert after(walk).state_to_bbox() == pytest.approx(scale * plain, rel=1e-6)


@pytest.mark.parametrize("rate", [2.0, 7.0, 25.0])
def test_someone_unseen_walks_on_at_their_speed(rate):
    speed = np.array([60.0, 10.0, 60.0, 10.0])  # px a second
    motion = after([STANDING + speed * i / rate for i in range(int(4 * rate))], rate=rate)
    last = STANDING + speed * (int(4 * rate) - 1) / rate
    motion.predict(rate, rate)  # one second in one step
    assert motion.state_to_bbox() == pytest.approx(last + speed, abs=8)


def test_one_long_step_is_as_good_as_many_short_ones():
    boxes = [STANDING + i * np.array([2, 1, 2, 1]) for i in range(10)]
    once, often = after(boxes), after(boxes)
    once.predict(5.0, RATE)
    for _ in range(5):
        often.predict(1.0, RATE)
    assert once.state_to_bbox() == pytest.approx(often.state_to_bbox(), abs=1.0)
    assert once.kf.state_covariance[:2, :2] == pytest.approx(often.kf.state_covariance[:2, :2], rel=0.05, abs=1e-6)


def test_hidden_legs_do_not_lift_the_feet():
    upper = np.array([100.0, 100.0, 140.0, 150.0])
    box = after([STANDING] * 20 + [upper] * 5).state_to_bbox()
    assert box[[1, 3]] == pytest.approx([100, 200], abs=15)


def test_a_hidden_head_does_not_lower_it():
    lower = np.array([100.0, 150.0, 140.0, 200.0])
    box = after([STANDING] * 20 + [lower] * 5).state_to_bbox()
    assert box[[1, 3]] == pytest.approx([100, 200], abs=15)


def test_a_slice_of_somebody_keeps_their_width():
    box = after([STANDING] * 20 + [np.array([128.0, 100.0, 140.0, 200.0])] * 3).state_to_bbox()
    assert box[2] - box[0] > 30
    assert 100 < box[0] < 120


def test_a_width_never_seen_again_returns_to_the_usual_one():
    motion = after([np.array([100.0, 100.0, 110.0, 200.0])] * 3)
    for _ in range(200):
        motion.predict(1.0, RATE)
    width, height = motion.kf.state[3, 0], motion.kf.state[2, 0]
    assert width == pytest.approx(USUAL_WIDTH * height, rel=0.1)


def test_noise_is_averaged_away():
    noise = np.random.default_rng(5).normal(0, 3, (300, 4))
    motion, off = BodyMotion(STANDING + noise[0]), []
    for row in noise[1:]:
        motion.predict(1.0, RATE)
        motion.update(STANDING + row)
        off.append(motion.state_to_bbox()[3] - 200)
    assert np.std(off[50:]) < 0.75 * 3


@pytest.mark.parametrize("box", [[5, 5, 5, 5], [0, 0, 1e6, 1e6], [-50, -50, -40, -40]])
def test_odd_boxes_stay_finite(box):
    motion = after([np.array(box, float)] * 5)
    motion.predict(1e4, RATE)
    motion.update(None)
    assert np.isfinite(motion.state_to_bbox()).all()
    x1, y1, x2, y2 = motion.state_to_bbox()
    assert x1 < x2
    assert y1 < y2
