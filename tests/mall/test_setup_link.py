"""Questions over real sockets."""

import os
import socket
import stat
import threading

import pytest

from mall.setup_link import FOLDER_VARIABLE, Answer, LinkServer, NoAnswerError, ask, setup_folder, socket_of


@pytest.fixture
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("s")
    made.chmod(0o700)
    return made


@pytest.fixture
def serve(folder):
    made = []

    def start(answer, cameras=("a", "b" * 64)):
        made.append(LinkServer(folder, cameras, answer))
        return made[-1]

    yield start
    for server in made:
        server.close()


def test_a_question_gets_its_answer_with_bytes(folder, serve):
    body = os.urandom(3_000_000)
    serve(lambda question: Answer({"ok": True, "heard": question}, body))
    for camera in ("a", "b" * 64):
        answer = ask(folder, camera, {"op": "still"}, patience_s=5)
        assert answer.row == {"ok": True, "heard": {"op": "still", "camera": camera}}
        assert answer.body == body


def test_nobody_there_is_said(folder, serve):
    with pytest.raises(NoAnswerError):
        ask(folder, "a", {}, patience_s=1)
    serve(lambda _question: Answer({"ok": True})).close()
    with pytest.raises(NoAnswerError):
        ask(folder, "a", {}, patience_s=1)
    assert list(folder.iterdir()) == []


def test_an_answer_that_does_not_come_is_not_waited_for(folder, serve):
    held = threading.Event()
    serve(lambda _question: held.wait(20) and Answer({}))
    with pytest.raises(NoAnswerError):
        ask(folder, "a", {}, patience_s=0.2)
    held.set()


def test_trouble_with_one_question_is_not_the_next_ones(folder, serve):
    def answer(question):
        if question["op"] == "bad":
            raise ValueError("no")
        return Answer({"ok": True})

    serve(answer)
    with pytest.raises(NoAnswerError):
        ask(folder, "a", {"op": "bad"}, patience_s=5)
    for rubbish in (b"\n", b"[" * 5000, b"\xff\xfe\n", b""):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(socket_of(folder, "a")))
            connection.sendall(rubbish)
    assert ask(folder, "a", {"op": "good"}, patience_s=20).row == {"ok": True}


def test_the_socket_is_its_users_alone(folder, serve):
    serve(lambda _question: Answer({}))
    modes = [stat.S_IMODE(path.lstat().st_mode) for path in folder.glob(f"{os.getpid()}.sock")]
    assert modes == [0o600]
    assert len(str(socket_of(folder, "x" * 64))) - len(str(folder)) < 40


def test_the_camera_of_a_new_worker_is_asked_there(folder, serve):
    serve(lambda _question: Answer({"who": "old"}), cameras=("a",))
    socket_of(folder, "a").unlink()
    other = folder / "other.sock"
    socket_of(folder, "a").symlink_to(other)  # as a new process does
    with pytest.raises(NoAnswerError):
        ask(folder, "a", {}, patience_s=1)


@pytest.mark.parametrize(("value", "expected"), [("", None), (None, None), ("/tmp/x", "/tmp/x")])
def test_without_setup_there_is_no_folder(monkeypatch, value, expected):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(FOLDER_VARIABLE, value)
    found = setup_folder()
    assert (None if found is None else str(found)) == expected


def test_a_slow_answer_holds_up_no_other(folder, serve):
    asked, let_go = threading.Event(), threading.Event()

    def answer(question):
        if question["op"] == "still":
            asked.set()
            assert let_go.wait(20)
        return Answer({"op": question["op"]})

    serve(answer)
    found = []
    slow = threading.Thread(target=lambda: found.append(ask(folder, "a", {"op": "still"}, patience_s=20)))
    slow.start()
    assert asked.wait(20)
    assert ask(folder, "a", {"op": "boxes"}, patience_s=20).row == {"op": "boxes"}
    assert found == []
    let_go.set()
    slow.join()
    assert [one.row for one in found] == [{"op": "still"}]
