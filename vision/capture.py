"""Open video files and streams with OpenCV, whose options for FFmpeg are one variable of the whole process."""

import os
from pathlib import Path
from threading import Lock, Timer

import cv2

_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
# Streams only: no file is ever opened, and no playlist is read that could name one or another host.
_OPTIONS = {
    "protocol_whitelist": "rtsp,rtsps,rtp,rtcp,srtp,udp,tcp,tls,crypto,http,https,httpproxy",
    "format_whitelist": "rtsp,rtp,sdp,mpjpeg,mjpeg,jpeg_pipe,mpegts,flv,mov,matroska,avi,h264,hevc,asf,ogg,gif",
    "analyzeduration": "300000",
    "probesize": "200000",
    "fflags": "nobuffer",
    "rtsp_transport": "tcp",
}
_READ_WITHIN_S = 0.25  # the variable is read in the first instants of opening, which itself may take seconds
_ERRORS_ONLY = 2
_lock = Lock()


def open_file(path: Path) -> cv2.VideoCapture:
    """Open a video file with FFmpeg's own defaults; whether that worked, ``isOpened`` tells."""
    with _lock:
        # Of a damaged file both say in many lines what is said here in one; the variable is read at the first opening.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        if "OPENCV_LOG_LEVEL" not in os.environ:
            cv2.utils.logging.setLogLevel(_ERRORS_ONLY)
        return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)


def open_stream(address: str, *, open_timeout_s: float, read_timeout_s: float) -> cv2.VideoCapture:
    """Open a network stream: short analysis, no buffering, nothing but network protocols."""
    times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(open_timeout_s * 1000)]
    times += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(read_timeout_s * 1000)]
    _lock.acquire()
    os.environ[_VARIABLE] = "|".join(f"{key};{value}" for key, value in _OPTIONS.items())
    release = Timer(_READ_WITHIN_S, _put_back)
    release.daemon = True
    release.start()
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, times)


def _put_back() -> None:
    os.environ.pop(_VARIABLE, None)
    _lock.release()
