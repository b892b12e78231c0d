"""Become the store's server, so tied to the starter that it can never outlive it.

Run as ``python launch.py STARTER_PID BINARY CONFIG``. This small process asks the kernel for a signal at its
starter's death, looks whether the starter died before that was in force, and then turns into the server.
The kernel keeps the wish over exec, and sends the signal also where the starter was killed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(starter: int, binary: str, config: str) -> None:
    """Tie this process to its starter and replace it by the server."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl refused to tie the server to its starter")
    if os.getppid() != starter:
        sys.exit("the starter of the store is gone")
    os.execv(binary, [binary, config])  # noqa: S606 - no shell is wanted here


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
