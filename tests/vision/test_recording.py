import itertools
import time
from threading import Event

import cv2
import numpy as np
import pytest

from tests.vision.conftest import shade
from vision.container import counts_frames
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


def test_frames_nobody_wants_are_left_out_and_a_cut_among_them_is_handed_on(counting_video):
    recording = open_recording(counting_video, fps=100.0)
    asked, read, frames = [], [], []

    def wanted(due):
        asked.append(due)
        return len(asked) % 4 == 0

    original = recording.read
    recording.read = lambda index: read.append(index) or original(index)
    for frame in replay(recording, loop=True, stop=Event(), anchor=time.time(), wanted=wanted):
        frames.append(frame)
        if len(frames) == 12:
            break
    assert read == [frame.index for frame in frames], "no picture is made of the others"
    assert len(asked) == 4 * len(frames)
    assert [frame.captured_at for frame in frames] == asked[3::4]
    assert [shade(frame) for frame in frames] == [frame.index for frame in frames]
    laps = [index for index, (a, b) in enumerate(itertools.pairwise(frames), 1) if b.index <= a.index]
    assert {0, *laps} <= {index for index, frame in enumerate(frames) if frame.cut}


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


def _film(path, frames=100, fourcc="MJPG"):
    """A film of 5 s whose every frame is another noise, so that every part of the file holds its share of them."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), 20.0, (64, 48))
    noise = np.random.default_rng(1)
    for _ in range(frames):
        writer.write(noise.integers(0, 255, (48, 64, 3), dtype=np.uint8))
    writer.release()
    return path


def _cut(path, share):
    whole = path.read_bytes()
    return _written(path.with_stem("cut"), whole[: int(share * len(whole))])


def _note(frames, seen):
    for frame in frames:
        seen.append(frame.index)


CUT = [("film.avi", 0.1), ("film.avi", 0.5), ("film.avi", 0.9), ("film.mkv", 0.3)]


@pytest.mark.parametrize(("name", "share"), CUT)
def test_a_film_that_ends_before_it_said_is_refused_after_its_last_frame(tmp_path, name, share):
    path = _cut(_film(tmp_path / name), share)
    seen = []
    with pytest.raises(SourceRefusedError) as refusal:
        _note(every_frame(open_recording(path)), seen)
    assert str(refusal.value) == f"{path}: frame {len(seen)} of 100 cannot be read"
    assert seen == list(range(len(seen)))
    assert len(seen) == pytest.approx(100 * share, abs=5)


@pytest.mark.parametrize("stated", [95, 100, 101, 102])
def test_a_frame_or_a_hundredth_less_than_said_is_no_damage(tmp_path, stated):
    path = _film(tmp_path / "film.avi")
    raw = path.read_bytes()
    header = raw.index(b"strh") + 8 + 32  # dwLength of the video stream's header: the number of its frames
    assert int.from_bytes(raw[header : header + 4], "little") == 100
    path.write_bytes(raw[:header] + stated.to_bytes(4, "little") + raw[header + 4 :])
    recording = open_recording(path)
    assert recording.count == stated
    if stated == 102:
        with pytest.raises(SourceRefusedError, match="frame 100 of 102"):
            list(every_frame(recording))
    else:
        assert len(list(every_frame(recording))) == 100


@pytest.mark.parametrize("began_s_ago", [0.0, 1.0, 4.0, 1234.5])
def test_live_a_film_that_ends_too_soon_loops_over_what_can_be_read(tmp_path, began_s_ago):
    recording = open_recording(_cut(_film(tmp_path / "film.avi"), 0.2))
    begin = time.monotonic()
    frames = []
    for frame in replay(recording, loop=True, stop=Event(), anchor=time.time() - began_s_ago):
        frames.append(frame.index)
        if len(frames) == 45:
            break
    assert time.monotonic() - begin < 4.0, "45 frames at 20 a second"
    assert recording.count == pytest.approx(20, abs=5)
    assert set(frames) == set(range(recording.count))


def test_live_without_loop_such_a_film_ends(tmp_path):
    recording = open_recording(_cut(_film(tmp_path / "film.avi"), 0.2), fps=200.0)
    frames = list(replay(recording, loop=False, stop=Event(), anchor=time.time()))
    assert frames[-1].index < 25


@pytest.mark.parametrize(
    ("content", "counts"),
    [
        (b"RIFF\x00\x00\x00\x00AVI ", True),
        (b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x00mdat", True),
        (b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov\x00\x00\x00\x08moof", False),
        (b"\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x18" + bytes(8) + b"\x00\x00\x00\x08moof", False),
        (b"\x1aE\xdf\xa3\x00\x00\x00\x00", False),
        (b"", False),
    ],
)
def test_which_containers_count_their_frames(tmp_path, content, counts):
    assert counts_frames(_written(tmp_path / "film", content)) == counts
