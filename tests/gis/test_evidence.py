"""Who is believed to be there, by odds worked out by hand."""

import numpy as np
import pytest

from gis.evidence import AGAINST, AGAINST_ALL, FADES_S, FIRST, FOR, PRIOR, Evidence
from gis.sighting import Observation

ONE = np.array([0])


def seen(t: float, track: int = 7) -> Observation:
    return Observation(t, np.array([track]), np.zeros((1, 2)), np.ones((1, 3)), np.array([True]))


def newcomer(*cameras: str) -> Evidence:
    evidence = Evidence()
    for camera in cameras:
        evidence.column(camera)
    evidence.add(1, 0)
    return evidence


def test_one_camera_alone_is_believed_until_another_denies() -> None:
    evidence = newcomer("a", "b", "c")
    assert evidence.odds[0] == pytest.approx(PRIOR + FIRST)
    assert evidence.odds[0] > 0
    evidence.count_against(1, ONE, np.array([0.85]), 1.0)
    assert evidence.odds[0] == pytest.approx(PRIOR + FIRST - AGAINST)  # log 0.15 = -1.9 is more than one camera may say
    assert evidence.odds[0] < 0
    evidence.count_against(2, ONE, np.array([0.5]), 1.0)
    assert evidence.odds[0] == pytest.approx(PRIOR + FIRST + max(-AGAINST + np.log(0.5), -AGAINST_ALL))


def test_no_number_of_silent_cameras_denies_somebody_long_followed() -> None:
    """Each may look at a wall."""
    evidence = newcomer(*"abcdefg")
    for _ in range(5):
        evidence.count_for(0, ONE, np.array([9.0]))
        for column in range(1, 7):
            evidence.count_against(column, ONE, np.array([0.9]), 1.0)
    assert evidence.votes[0, 0] == FOR
    assert evidence.odds[0] == pytest.approx(PRIOR + FOR - AGAINST_ALL)
    assert evidence.odds[0] > 0
    assert evidence.support(3)[0] == FOR
    assert evidence.support(0)[0] == 0


def test_pictures_in_quick_succession_deny_less() -> None:
    slow, quick = newcomer("a", "b"), newcomer("a", "b")
    slow.count_against(1, ONE, np.array([0.5]), 0.4)
    quick.count_against(1, ONE, np.array([0.5]), 0.2)
    assert slow.votes[0, 1] == pytest.approx(2 * quick.votes[0, 1]) == pytest.approx(np.log(0.5))


def test_words_fade_and_a_silenced_camera_has_said_nothing() -> None:
    evidence = newcomer("a", "b")
    evidence.fade(0, 10.0)
    before = evidence.votes[0, 0]
    assert evidence.fade(0, 10.0 + FADES_S) == FADES_S
    assert evidence.votes[0, 0] == pytest.approx(before / np.e)
    evidence.note(0, ONE, seen(13.0), ONE)
    assert evidence.known.tolist() == [True]
    evidence.silence(["a", "never heard of"])
    assert (evidence.odds[0], evidence.known.tolist()) == (PRIOR, [False])


def test_who_is_shown_by_whose_latest_picture() -> None:
    evidence = newcomer("a", "b")
    evidence.note(0, ONE, seen(1.0), ONE)
    evidence.note(1, ONE, seen(2.0), ONE)
    assert evidence.shown({"a": 1.0, "b": 2.5}).tolist() == [[True, False]]
    assert evidence.shown({}).tolist() == [[False, False]]


def test_two_who_are_one_keep_the_later_word_of_each_camera() -> None:
    evidence = newcomer("a", "b")
    evidence.add(1, 1)
    evidence.note(0, ONE, seen(1.0, 4), ONE)
    evidence.note(1, np.array([1]), seen(2.0, 9), ONE)
    evidence.join(0, 1)
    evidence.keep(ONE)
    assert (len(evidence), evidence.track.tolist()) == (1, [[4, 9]])
    assert evidence.odds[0] == pytest.approx(PRIOR + 2 * FIRST)


def test_nobody() -> None:
    evidence = Evidence()
    assert evidence.odds.shape == (0,)
    assert evidence.known.shape == (0,)
    assert evidence.shown({}).shape == (0, 0)
