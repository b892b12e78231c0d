"""Ties the life of a process to its parent's: whoever dies, and however, nothing is left running; and says it lives.

The tie is Linux only (``prctl``); elsewhere nothing is armed and an orderly stop is all there is.
"""

import contextlib
import ctypes
import os
import signal
import sys
from typing import NoReturn

PARENT_VARIABLE = "MALL_PARENT"
STARTED_BY_VARIABLE = "MALL_STARTED_BY"
PULSE_VARIABLE = "MALL_PULSE"
_PR_SET_PDEATHSIG = 1


def arm_from_environment() -> None:
    """Follow the parent that the environment names; call it first of all, from the main thread.

    The kernel sends the signal when the parent's *thread* ends, so the parent must start children from its main one.
    A child of the supervisor gets SIGKILL, which no hanging camera can delay; every write of ours is atomic, so
    nothing is lost that a pulled plug would not lose. A process started by make gets SIGTERM and stops in order.
    """
    parent = os.environ.pop(PARENT_VARIABLE, None)
    started_by = os.environ.pop(STARTED_BY_VARIABLE, None)
    if parent is not None:
        _die_with_parent(signal.SIGKILL)
        if os.getppid() != int(parent):
            sys.exit(1)
    elif started_by == "make":
        _die_with_parent(signal.SIGTERM)


def beat() -> None:
    """Tell the supervisor that this process still does its work; nothing happens where there is none.

    Call it from the loop that must not hang, at least every few seconds.
    """
    pipe = os.environ.get(PULSE_VARIABLE)
    if pipe is not None:
        # A full pipe means that the supervisor is not reading just now: what lies in it says enough.
        with contextlib.suppress(OSError):
            os.write(int(pipe), b".")


def leave(code: int) -> NoReturn:
    """End this process at once, with its output written.

    Everything was closed by whoever opened it. Taking the interpreter and its libraries apart would only cost a second
    and more, and a thread that hangs in a camera library would stop it altogether.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _die_with_parent(signum: signal.Signals) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
