import itertools
import time
from threading import Event

import cv2
import numpy as np
import pytest

from tests.vision.conftest import shade
from vision.frames import SourceRefusedError
from vision.source import every_frame, open_recording, replay, replay_anchor


def test_every_frame_in_order(counting_video):
    frames = list(every_frame(open_recording(counting_video)))
    assert [shade(frame) for frame in frames] == list(range(10))
    assert [frame.t for frame in frames] == pytest.approx([i / 20 for i in range(10)])
    assert [frame.cut for frame in frames] == [True] + [False] * 9


def test_the_site_knows_the_rate_better(counting_video):
    assert [frame.t for frame in every_frame(open_recording(counting_video, fps=2.0))][-1] == pytest.approx(4.5)


@pytest.mark.parametrize("order", [[0, 3, 9], [5, 5, 6], [9, 0], [2, 11]])
def test_reading_forwards_and_back(counting_video, order):
    recording = open_recording(counting_video)
    seen = [recording.read(index) for index in order]
    assert [None if image is None else round(float(image.mean()) / 25) for image in seen] == [
        index if index < 10 else None for index in order
    ]


def test_a_folder_is_read_in_name_order(tmp_path):
    for name, value in (("b.png", 50), ("a.png", 25), ("c.jpg", 75)):
        cv2.imwrite(str(tmp_path / name), np.full((8, 8, 3), value, np.uint8))
    (tmp_path / "notes.txt").write_text("no image")
    assert [shade(frame) for frame in every_frame(open_recording(tmp_path))] == [1, 2, 3]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: p / "missing.mp4", "no such file"),
        (lambda p: p, "no images"),
        (lambda p: _written(p / "text.mp4", b"this is not a video"), "not a readable video"),
        (lambda p: _written(p / "empty.mp4", b""), "not a readable video"),
    ],
)
def test_refuses_naming_the_file(tmp_path, make, reason):
    path = make(tmp_path)
    with pytest.raises(SourceRefusedError, match=reason) as refusal:
        open_recording(path)
    assert str(path) in str(refusal.value)


def test_an_unreadable_image_is_named(tmp_path):
    _written(tmp_path / "broken.png", b"no png")
    with pytest.raises(SourceRefusedError, match=r"broken\.png"):
        list(every_frame(open_recording(tmp_path)))


def test_ten_laps_each_start_with_a_cut(counting_video):
    recording = open_recording(counting_video, fps=240.0)
    frames, stop = [], Event()
    for frame in replay(recording, loop=True, stop=stop, anchor=time.time()):
        frames.append(frame)
        if sum(f.cut for f in frames) > 10:
            break
    starts = [i for i, frame in enumerate(frames) if frame.cut]
    for begin, end in itertools.pairwise(starts):
        lap = [frame.index for frame in frames[begin:end]]
        assert lap == sorted(set(lap)), "within a lap frames only go forwards"
    captured = [frame.captured_at for frame in frames]
    assert captured == sorted(captured)


def test_without_loop_it_ends(counting_video):
    recording = open_recording(counting_video, fps=100.0)
    frames = list(replay(recording, loop=False, stop=Event(), anchor=time.time()))
    assert frames[-1].index == 9
    assert [frame.cut for frame in frames][1:] == [False] * (len(frames) - 1)


def test_without_loop_a_late_start_brings_nothing(counting_video):
    assert list(replay(open_recording(counting_video), loop=False, stop=Event(), anchor=time.time() - 60)) == []


def test_two_replays_on_one_anchor_are_in_step(counting_video):
    anchor = time.time() - 1000.3
    pair = [
        next(replay(open_recording(counting_video, fps=2.0), loop=True, stop=Event(), anchor=anchor)) for _ in range(2)
    ]
    assert pair[0].index == pair[1].index == int((1000.3 % 5) * 2)
    assert pair[0].captured_at == pytest.approx(pair[1].captured_at, abs=0.02)


def test_stop_ends_the_wait(counting_video):
    stop = Event()
    frames = replay(open_recording(counting_video, fps=0.01), loop=True, stop=stop, anchor=time.time())
    next(frames)
    stop.set()
    assert list(frames) == []


@pytest.mark.parametrize(("text", "own"), [("1700000000.5", False), ("", True), ("soon", True), ("nan", True)])
def test_anchor_from_the_environment(monkeypatch, text, own):
    monkeypatch.setenv("MALL_REPLAY_ANCHOR", text)
    assert (replay_anchor() != 1700000000.5) == own


def _written(path, content):
    path.write_bytes(content)
    return path
