"""Nothing of the project calls anybody: the whole stack and both detector loaders, with an ear on a closed network."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack_process import ROOT

pytestmark = pytest.mark.fault

NAMESPACE = ["unshare", "-rn"]


def missing() -> str | None:
    """Return what this machine lacks for a closed network with an ear in it."""
    for tool in ("unshare", "ip"):
        if shutil.which(tool) is None:
            return f"needs {tool} on PATH"
    probe = "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)"
    allowed = subprocess.run([*NAMESPACE, sys.executable, "-c", probe], check=False, capture_output=True)
    return None if allowed.returncode == 0 else "network namespaces are not allowed here"


def test_no_name_is_asked_and_no_packet_leaves(tmp_path: Path) -> None:
    if lack := missing():
        pytest.skip(lack)
    # Where CI is set the vendors are silent anyway: the green would be false.
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    site = ROOT / "sample_footage"
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-m", "tests.faults.closed_network", str(site), str(tmp_path)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert any(line.startswith("192.0.2.1:443") for line in told["control"]), told
    assert told["heard"] == []
