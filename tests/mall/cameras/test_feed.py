"""What a camera's feed does with a frame before its turn; whole feeds are read in tests/mall/test_worker.py."""

import pytest

from mall.cameras.feed import Feed
from mall.cameras.pace import Pace
from mall.site_file import Camera


def test_a_frame_passed_over_is_dropped_unmade_and_yet_was_offered():
    pace = Pace(1.0)
    camera = Camera.model_validate({"id": "c", "source": "film.mp4", "level": "0", "rate": 1})
    feed = Feed(camera, pace, arrived=lambda: None, fail=pytest.fail)
    for captured_at in (99.0, 100.0):
        pace.take(captured_at)
    assert not feed._wants(100.5), "the next is due at 101, a quarter of a second early at best"
    assert feed._wants(101.0)
    assert (feed.mailbox.read, feed.mailbox.dropped) == (1, 1)
    reached, wanted = pace.rates(102.0)
    # Of the last 2 s: nothing of before 100.5 was offered; an idle machine would have looked at that one.
    assert (reached, wanted) == (1.0, 0.5)
