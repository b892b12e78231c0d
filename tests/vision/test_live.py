import itertools
import socket
import threading
import time

import cv2
import numpy as np
import pytest

from vision import live
from vision.frames import SourceRefusedError
from vision.live import live_frames, without_password


def jpeg(value):
    return cv2.imencode(".jpg", np.full((48, 64, 3), value, np.uint8))[1].tobytes()


class Server:
    """A camera that speaks MJPEG over HTTP to one client at a time, ``script`` a connection."""

    def __init__(self, script):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.script = script
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/stream.mjpg"

    def serve(self):
        while not self.over.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with client:
                try:
                    client.recv(4096)
                    self.script(self, client)
                except OSError:
                    pass

    def head(self, client):
        client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n")

    def picture(self, client, value):
        body = jpeg(value)
        client.sendall(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body) + body + b"\r\n")

    def close(self):
        self.over.set()
        self.listener.close()


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setattr(live, "OPEN_TIMEOUT_S", 1.0)
    monkeypatch.setattr(live, "SILENCE_S", 0.8)
    monkeypatch.setattr(live, "BACKOFF_FIRST_S", 0.05)
    opened = []

    def start(script):
        opened.append(Server(script))
        return opened[-1]

    yield start
    for server in opened:
        server.close()


def thirty_then_gone(server, client):
    server.head(client)
    for index in range(30):
        server.picture(client, (index * 8) % 256)
        time.sleep(0.01)


def test_comes_back_after_the_camera_rebooted(serve):
    server, stop, news = serve(thirty_then_gone), threading.Event(), []
    frames = []
    for frame in live_frames(server.address, stop, news.append):
        frames.append(frame)
        if sum(f.cut for f in frames) == 3:
            break
    assert frames[0].cut
    assert server.connections >= 3
    assert news[:3] == ["back", "lost", "back"]
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert frames[0].image.shape == (48, 64, 3)


def test_of_frames_nobody_wants_no_picture_is_made(serve):
    server, stop, asked = serve(thirty_then_gone), threading.Event(), []

    def wanted(captured_at):
        asked.append(captured_at)
        return len(asked) % 5 == 0

    frames = list(itertools.islice(live_frames(server.address, stop, lambda _news: None, wanted=wanted), 6))
    assert [frame.captured_at for frame in frames] == asked[4::5]
    assert frames[0].cut
    assert [frame.index for frame in frames] == list(range(6))


def test_a_stream_that_hangs_is_left(serve):
    def ten_then_silence(server, client):
        server.head(client)
        for index in range(20):
            server.picture(client, index * 10)
        server.over.wait(4)

    server, stop = serve(ten_then_silence), threading.Event()
    before_silence = []
    began = time.monotonic()
    for frame in live_frames(server.address, stop, lambda news: news == "lost" and stop.set()):
        before_silence.append(frame)
    assert before_silence
    assert time.monotonic() - began < 5, "the default would hang for 30 s"


def test_a_server_that_never_answers_is_left(serve):
    server, stop, news = serve(lambda server, client: server.over.wait(5)), threading.Event(), []

    def report(word):
        news.append(word)
        stop.set()

    began = time.monotonic()
    assert list(live_frames(server.address, stop, report)) == []
    assert news == ["lost"]
    assert time.monotonic() - began < 5


def test_a_closed_port_is_tried_again_with_growing_pauses(serve):
    server, stop, lost = serve(lambda server, client: None), threading.Event(), []
    server.close()

    def report(_word):
        lost.append(time.monotonic())
        if len(lost) == 5:
            stop.set()

    assert list(live_frames(server.address, stop, report)) == []
    pauses = np.diff(lost)
    # 0.05, 0.1, 0.2, 0.4 s; FFmpeg itself takes a quarter of a second over a refused attempt.
    assert pauses[3] >= 0.4
    assert pauses[3] > pauses[:3].min() + 0.05


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "concat:a|b", "ftp://host/x", "data:text/plain,x", "rtmp://h/x"]
)
def test_other_schemes_are_refused(address):
    with pytest.raises(SourceRefusedError, match="rtsp"):
        next(live_frames(address, threading.Event(), lambda news: None))


def test_a_playlist_cannot_name_a_file(serve, tmp_path, counting_video):
    def playlist(server, client):
        body = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{counting_video}\n#EXT-X-ENDLIST\n".encode()
        head = f"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)

    server, stop = serve(playlist), threading.Event()
    frames = live_frames(server.address.replace(".mjpg", ".m3u8"), stop, lambda news: stop.set())
    assert list(frames) == []
    assert server.connections > 0


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://user:secret@10.0.0.1:554/ch1?token=x", "rtsp://10.0.0.1:554/ch1"),
        ("http://cam/stream", "http://cam/stream"),
    ],
)
def test_logs_never_show_a_password(address, shown):
    assert without_password(address) == shown
