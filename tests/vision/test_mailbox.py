from vision.frames import Frame
from vision.mailbox import Mailbox


def frame(index, *, cut=False):
    return Frame(index, index / 10, float(index), None, cut)


def test_the_newest_wins_and_the_rest_is_counted():
    box = Mailbox()
    for index in range(5):
        box.put(frame(index))
    assert box.take().index == 4
    assert box.take() is None
    assert (box.read, box.dropped) == (5, 4)


def test_a_dropped_cut_is_handed_on():
    box = Mailbox()
    box.put(frame(0, cut=True))
    box.put(frame(1))
    assert box.take().cut
    box.put(frame(2))
    assert not box.take().cut


def test_a_frame_waits_for_its_turn():
    box = Mailbox()
    box.put(frame(3))
    assert box.take(not_before=3.5) is None
    assert box.waiting
    assert box.take(not_before=3.0).index == 3
    assert not box.waiting


def test_whoever_waits_is_told():
    told = []
    box = Mailbox(lambda: told.append(1))
    box.put(frame(0))
    assert told == [1]


def test_read_is_taken_plus_dropped_plus_waiting():
    box, taken = Mailbox(), 0
    for index in range(30):
        box.put(frame(index))
        taken += index % 7 == 0 and box.take() is not None
    assert box.read == taken + box.dropped + box.waiting
