"""The door: one token, one session, ten guesses."""

import pytest

from mall.errors import StoreError
from mall.setup.door import MOST_GUESSES, Door, make_door
from mall.setup.words import SetupError


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def door(tmp_path, now):
    token = make_door(tmp_path)
    return Door(tmp_path, clock=lambda: now[0]), token


def code(call, *args):
    with pytest.raises(SetupError) as caught:
        call(*args)
    return caught.value.code


def test_the_token_opens_once_and_the_cookie_holds_for_an_hour(door, now):
    opened, token = door
    cookie = opened.open(token, "Aiko")
    assert opened.who(cookie) == "Aiko"
    assert code(opened.open, token, "Eve") == "token"
    now[0] += 3599
    assert opened.who(cookie) == "Aiko"
    now[0] += 1
    assert opened.who(cookie) is None


@pytest.mark.parametrize("guess", ["", "x", "é\ud800", None])
def test_a_wrong_cookie_opens_nothing(door, guess):
    opened, token = door
    assert opened.who(guess) is None
    opened.open(token, "Aiko")
    assert opened.who(guess) is None


def test_ten_wrong_guesses_close_it_for_the_right_token_too(door, tmp_path):
    opened, token = door
    assert [code(opened.open, f"{i}", "Eve") for i in range(MOST_GUESSES)] == ["token"] * 10
    assert code(opened.open, token, "Aiko") == "closed"
    assert code(Door(tmp_path).open, token, "Aiko") == "closed"  # a web process that starts again is no way around


def test_a_running_session_outlives_guesses_and_a_new_web_process(door, tmp_path, now):
    opened, token = door
    cookie = opened.open(token, "Aiko")
    for i in range(MOST_GUESSES):
        code(opened.open, f"{i}", "Eve")
    again = Door(tmp_path, clock=lambda: now[0])
    assert again.who(cookie) == "Aiko"
    again.close()
    assert opened.who(cookie) is None


def test_neither_token_nor_cookie_is_on_the_disk(door, tmp_path):
    opened, token = door
    cookie = opened.open(token, "Aiko")
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token.encode() not in written
    assert cookie.encode() not in written
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_door_that_is_gone_is_closed(tmp_path):
    assert code(Door(tmp_path / "none").open, "x", "Eve") == "closed"
    assert Door(tmp_path / "none").who("x") is None


def test_a_token_stays_good_where_its_use_could_not_be_written_down(door):
    opened, token = door

    def fails():
        raise StoreError("down")

    with pytest.raises(StoreError):
        opened.open(token, "Aiko", note=fails)
    assert opened.who(opened.open(token, "Aiko")) == "Aiko"
