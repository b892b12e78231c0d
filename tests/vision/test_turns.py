import threading

from vision.turns import Turns


class Desk:
    """Serves by noting who came; a guest who is refused is not kept."""

    def __init__(self, things, refused=()):
        self.began, self.refused = [], set(refused)
        self.turns = Turns(self.begin)
        self.turns.add(things)

    def begin(self, thing, guest):
        self.began.append((thing, guest))
        return guest not in self.refused


def test_each_thing_has_one_guest_and_the_rest_come_in_their_order():
    desk = Desk("ab")
    assert all(desk.turns.ask(guest) for guest in range(5))
    assert desk.began == [("a", 0), ("b", 1)]
    desk.turns.give_back("b")
    desk.turns.give_back("a")
    assert desk.began[2:] == [("b", 2), ("a", 3)]
    desk.turns.give_back("b")
    assert desk.began[4:] == [("b", 4)]


def test_whoever_comes_before_there_is_anything_is_served_once_there_is():
    desk = Desk("")
    desk.turns.ask(1)
    desk.turns.ask(2)
    assert desk.began == []
    desk.turns.add("a")
    assert desk.began == [("a", 1)]
    desk.turns.add("b")
    assert desk.began == [("a", 1), ("b", 2)]


def test_a_guest_who_cannot_be_served_does_not_keep_the_thing():
    desk = Desk("a", refused=[0, 1, 3])
    for guest in range(5):
        desk.turns.ask(guest)
    assert [guest for _, guest in desk.began] == [0, 1, 2]
    desk.turns.give_back("a")
    assert [guest for _, guest in desk.began] == [0, 1, 2, 3, 4]
    assert not desk.turns.wait_until_back(0.0)
    desk.turns.give_back("a")
    assert desk.turns.wait_until_back(0.0)


def test_those_in_line_are_sent_home_and_nobody_is_served_afterwards():
    desk = Desk("a")
    for guest in range(3):
        desk.turns.ask(guest)
    assert desk.turns.dismiss() == [1, 2]
    assert not desk.turns.ask(3)
    desk.turns.give_back("a")
    assert desk.began == [("a", 0)]
    assert desk.turns.wait_until_back(0.0)


def test_many_threads_never_share_a_thing():
    """Counted by the things themselves: no more guests at once than one, and everybody comes once."""
    in_use, worst, served, lock, done = {"a": 0, "b": 0, "c": 0}, [], [], threading.Lock(), threading.Event()

    def begin(thing, guest):
        with lock:
            in_use[thing] += 1
            worst.append(in_use[thing])
        threading.Thread(target=end, args=(thing, guest)).start()
        return True

    def end(thing, guest):
        with lock:
            in_use[thing] -= 1
            served.append(guest)
            if len(served) == 200:
                done.set()
        turns.give_back(thing)

    turns = Turns(begin)
    turns.add(in_use)
    askers = [threading.Thread(target=lambda n=n: [turns.ask((n, i)) for i in range(50)]) for n in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert done.wait(60)
    assert turns.wait_until_back(60)
    assert max(worst) == 1
    assert sorted(served) == sorted((n, i) for n in range(4) for i in range(50))
