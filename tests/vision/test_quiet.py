"""Each case runs in a process of its own, without CI in its environment: there the vendors talk most."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Every attempt to reach another host is noted; nothing goes out.
WATCH = """
import socket, sys, threading
tried = []
def note(name):
    def refuse(*args, **kwargs):
        tried.append((name, args[:1]))
        raise OSError("no network in this test")
    return refuse
socket.getaddrinfo = note("getaddrinfo")
socket.socket.connect = note("connect")
"""


def run(code, tmp_path):
    clean = {key: value for key, value in os.environ.items() if key not in ("CI", "TF_BUILD", "JENKINS_URL")}
    clean |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    clean = {key: value for key, value in clean.items() if not key.startswith(("YOLO_", "ULTRALYTICS_", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-c", WATCH + code],
        env=clean,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_it_openvino_does_call_home(tmp_path):
    """The canary: if this fails, the two tests below prove nothing."""
    out = run("import openvino, time; time.sleep(1.5); print('TRIED' if tried else 'silent')", tmp_path)
    assert "TRIED" in out or (tmp_path / "intel").exists()


def test_openvino_is_silent_and_needs_no_torch(tmp_path):
    out = run(
        "from vision.loading import load_detector\n"
        "import numpy as np, time\n"
        "load_detector(None).detect([np.zeros((64, 64, 3), np.uint8)])\n"
        "time.sleep(1)\n"
        "assert not tried, tried\n"
        "print({'torch', 'ultralytics'} & set(sys.modules))",
        tmp_path,
    )
    assert out.strip() == "set()"
    assert not (tmp_path / "intel").exists()


def test_ultralytics_is_silent_and_loads_safely(tmp_path):
    out = run(
        "from vision.quiet import silence_vendors; silence_vendors()\n"
        "import ultralytics, ultralytics.utils as u\n"
        "from ultralytics.utils.events import events\n"
        "assert not tried, tried\n"
        "print(u.SETTINGS['sync'], u.AUTOINSTALL, u.SAFE_LOAD, u.ONLINE, events.enabled)",
        tmp_path,
    )
    assert out.split() == ["False", "False", "True", "False", "False"]
    assert not (tmp_path / ".config").exists(), "the user's own settings stay untouched"


def test_too_late_is_an_error(tmp_path):
    out = run(
        "import openvino_telemetry\n"
        "from vision.quiet import silence_vendors\n"
        "try:\n    silence_vendors()\nexcept RuntimeError as exc:\n    print(exc)",
        tmp_path,
    )
    assert "imported before" in out
