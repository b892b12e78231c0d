"""The stack killed, crowded out and cut off, for real; every test proves that its fault happened."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mall.supervisor import SILENT_AFTER_S
from tests.stack_process import ROOT, StackProcess, wait_for, write_boxes_site

pytestmark = pytest.mark.fault

GONE_WITHIN_S = 5.0


@pytest.fixture
def stacks(tmp_path: Path) -> Iterator[Callable[..., StackProcess]]:
    made: list[StackProcess] = []

    def make(name: str = "state", *, cameras: tuple[str, ...] = ("c1",)) -> StackProcess:
        site = write_boxes_site(tmp_path / "site", cameras)
        made.append(StackProcess(site, tmp_path / name))
        return made[-1]

    yield make
    for stack in made:
        stack.kill_rest()


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_stack_starts(
    stacks: Callable[..., StackProcess],
) -> None:
    first = stacks().start().wait_until_live()
    assert first.process is not None
    assert len(first.processes()) >= 5
    first.process.kill()
    first.process.wait()
    wait_for(lambda: not first.processes(), GONE_WITHIN_S, f"no process to be left of {first.processes()}")
    stacks().start().wait_until_live()


def test_kill_9_of_make_leaves_nothing(stacks: Callable[..., StackProcess]) -> None:
    stack = stacks()
    # The recipe of `make run`, with another site: make itself is the parent that gets killed.
    recipe = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "app.py run" in line)
    makefile = stack.state.with_suffix(".mk")
    line = recipe.strip().replace("$(PY)", sys.executable) + f" --site {stack.site}"
    makefile.write_text(f"run:\n\t{line}\n")
    stack.start(["make", "-f", str(makefile), f"PORT={stack.port}"]).wait_until_live()
    assert stack.process is not None
    assert any("make" in command.split()[0] for command in stack.processes().values())
    stack.process.kill()
    stack.process.wait()
    wait_for(lambda: not stack.processes(), 2 * GONE_WITHIN_S, "no process to be left")


@pytest.mark.parametrize("word", [" engine ", " web ", " worker ", "valkey-server", "redis-server"])
def test_a_killed_process_comes_back_and_the_zone_is_live_again(stacks: Callable[..., StackProcess], word: str) -> None:
    stack = stacks().start().wait_until_live()
    killed = stack.children(word)
    if not killed and "server" in word:
        pytest.skip(f"{word} is not the store on this machine")
    assert len(killed) == 1
    os.kill(killed[0], signal.SIGKILL)
    wait_until_replaced_and_live(stack, word, killed, 30)


@pytest.mark.parametrize("word", [" engine ", " web ", " worker "])
def test_a_process_that_hangs_is_replaced_and_the_zone_is_live_again(
    stacks: Callable[..., StackProcess], word: str
) -> None:
    stack = stacks().start().wait_until_live()
    hanging = stack.children(word)
    assert len(hanging) == 1
    os.kill(hanging[0], signal.SIGSTOP)
    wait_until_replaced_and_live(stack, word, hanging, SILENT_AFTER_S + 30)
    assert '"event": "hangs"' in stack.log.read_text()


def wait_until_replaced_and_live(stack: StackProcess, word: str, gone: list[int], patience_s: float) -> None:
    before = time.time()
    wait_for(lambda: stack.children(word) not in ([], gone), patience_s, f"{word} to come back")

    def is_fresh() -> bool:
        try:
            zone = stack.get_json("/api/v1/live")["zones"]["plaza"]
        except (OSError, ValueError):
            return False
        return zone["state"] == "live" and zone["observed_at"] > before

    wait_for(is_fresh, 60, "a live zone")


def test_one_crash_looping_camera_of_eight_fails_alone(stacks: Callable[..., StackProcess]) -> None:
    cameras = tuple(f"c{n}" for n in range(1, 9))
    stack = stacks(cameras=cameras).start().wait_until_live()
    killed: set[int] = set()

    def crash_the_last() -> None:
        # Until the group is split, the process of c8 is that of all eight.
        for pid, line in stack.processes().items():
            if " worker " in line and line.split()[-1] == "c8" and pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)

    def has_failed() -> bool:
        crash_the_last()
        return bool(stack.get_json("/api/v1/live")["cameras"]["c8"]["state"] == "failed")

    def others_are_at_full_rate() -> bool:
        crash_the_last()
        rows = stack.get_json("/api/v1/live")["cameras"]
        return all(rows[c]["state"] == "live" and rows[c]["rate"] >= 0.95 * 5 for c in cameras[:-1])

    wait_for(has_failed, 60, "the badge")
    assert 5 <= len(killed) <= 8
    wait_for(others_are_at_full_rate, 60, "full rate of the seven others")
    assert stack.get_json("/api/v1/live")["cameras"]["c8"]["state"] == "failed"
    assert len(killed) <= 8


RESOLVER = """
import socket, sys
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    message, sender = asked.recvfrom(4096)
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode(errors="replace"))
        at += 1 + message[at]
    print("asked", ".".join(labels), flush=True)
    asked.sendto(message[:2] + b"\\x81\\x83" + message[4:6] + b"\\0" * 6 + message[12:], sender)
"""


def test_a_closed_network_hears_no_name_asked(stacks: Callable[..., StackProcess], tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rmn", "true"], check=False).returncode:
        pytest.skip("no network namespaces here (needs util-linux and the right to use them)")
    stack = stacks()
    resolver, names = tmp_path / "resolver.py", tmp_path / "names"
    resolver.write_text(RESOLVER)
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    script = tmp_path / "closed.sh"
    live = f"import json, urllib.request as u; z = json.load(u.urlopen('http://127.0.0.1:{stack.port}/api/v1/live'))['zones']"
    live += "; raise SystemExit(not any(r['state'] == 'live' for r in z.values()))"
    python = sys.executable
    script.write_text(
        f"""set -eu
ip link set lo up
mount --bind {tmp_path}/resolv.conf "$(readlink -f /etc/resolv.conf)"
{python} {resolver} >{names} &
resolver=$!
for _ in $(seq 100); do grep -q ready {names} && break; sleep 0.05; done
{" ".join(stack.command)} >{stack.log} 2>&1 &
stack=$!
for _ in $(seq 900); do {python} -c "{live}" 2>/dev/null && break; sleep 0.2; done
{python} -c "{live}"
sleep 5
kill -TERM $stack; wait $stack
cp {names} {names}.stack
{python} -c "import socket; socket.getaddrinfo('control.example', 80)" 2>/dev/null || true
kill $resolver
"""
    )
    done = subprocess.run(
        ["unshare", "-rmn", "bash", str(script)], env=stack.environment, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + stack.log.read_text()[-3000:]
    # The control query proves that the resolver would have heard the stack.
    assert "asked control.example" in names.read_text()
    assert names.with_name("names.stack").read_text().split() == ["ready"]
