"""The supervisor against real processes, and its back-off against arithmetic."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mall import lifeline, logs, supervisor
from mall.child import FAILED_AFTER_DEATHS, ChildSpec
from mall.supervisor import Supervisor, restart_delay_s

ROOT = Path(__file__).resolve().parent.parent
SLEEPER = "import time\ntime.sleep(60)\n"


def wait_for(condition: Callable[[], bool], patience_s: float = 10.0) -> None:
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def child(code: str, name: str = "engine", role: str = "engine", cameras: tuple[str, ...] = ()) -> ChildSpec:
    return ChildSpec(name, role, ("-c", code), cameras)


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    running: list[Supervisor] = []

    def make(*specs: ChildSpec, **options: object) -> Supervisor:
        made = Supervisor(specs, **options)  # type: ignore[arg-type]
        running.append(made)
        return made

    yield make
    for made in running:
        made.stop()


def test_the_back_off_allows_eight_starts_in_two_minutes() -> None:
    starts, at = 0, 0.0
    while at <= 120:
        starts += 1
        at += restart_delay_s(starts)
    assert starts == 8
    assert restart_delay_s(10_000) == supervisor.LONGEST_DELAY_S


def test_a_killed_child_comes_back_and_others_never_notice(supervise: Callable[..., Supervisor]) -> None:
    two = supervise(child(SLEEPER, "a"), child(SLEEPER, "b"))
    two.start()
    first, second = two.children
    assert first.process is not None
    assert second.process is not None
    killed, other = first.process.pid, second.process.pid
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        two.poll()
        return first.is_running and first.process is not None and first.process.pid != killed

    wait_for(is_back)
    assert second.process.pid == other
    assert (first.starts, second.starts) == (2, 1)


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "raise SystemExit(3)"])
def test_a_process_started_beside_runs_once_however_it_ends(supervise: Callable[..., Supervisor], code: str) -> None:
    watched = supervise(child(SLEEPER, "a"))
    watched.start()
    assert watched.start_beside(child(SLEEPER, "drill", "drill"))
    assert not watched.start_beside(child(code, "drill", "drill")), "one at a time"
    beside = watched.children[-1]
    assert beside.process is not None
    beside.process.kill()

    def is_gone() -> bool:
        watched.poll()
        return [each.spec.name for each in watched.children] == ["a"]

    wait_for(is_gone)
    assert watched.start_beside(child(code, "drill", "drill"))
    wait_for(is_gone)


def test_starts_of_a_crash_loop_are_counted_out() -> None:
    now = [1000.0]
    looping = Supervisor([child("raise SystemExit(3)")], clock=lambda: now[0])
    looping.start()
    only = looping.children[0]
    while now[0] < 1120:
        if only.process is not None:
            only.process.wait()
        looping.poll()
        now[0] += 0.25
    assert only.starts == 8
    assert only.has_failed
    assert looping.failed_roles() == ["engine"]
    looping.stop()


def test_a_worker_that_dies_twice_is_split_so_that_only_the_bad_camera_fails() -> None:
    now = [1000.0]
    code = "import sys, time\nif 'bad' in sys.argv: raise SystemExit(1)\ntime.sleep(60)\n"
    group = Supervisor([child(code, "worker-1", "worker", ("good", "bad", "fine"))], clock=lambda: now[0])
    group.start()
    try:
        while now[0] < 1050:
            for one in group.children:
                if one.process is not None and "bad" in one.spec.cameras:
                    one.process.wait()
            group.poll()
            now[0] += 0.25
        assert [one.spec.cameras for one in group.children] == [("good",), ("bad",), ("fine",)]
        assert group.failed_cameras() == ["bad"]
        good, bad, fine = group.children
        assert good.is_running
        assert fine.is_running
        assert (good.starts, fine.starts) == (1, 1)
        assert bad.starts <= 6
    finally:
        group.stop()


def test_a_finished_recording_is_not_started_again(supervise: Callable[..., Supervisor]) -> None:
    done = supervise(child("pass", "worker-1", "worker", ("c",)))
    done.start()
    only = done.children[0]

    def is_finished() -> bool:
        done.poll()
        return only.finished

    wait_for(is_finished)
    done.poll()
    assert (only.starts, only.deaths, done.failed_cameras()) == (1, 0, [])


BEATING = (
    "import sys, time; sys.path.insert(0, '.')\nfrom mall.lifeline import beat\n"
    "while True:\n    beat()\n    time.sleep(0.02)\n"
)


def test_a_child_that_lives_but_hangs_is_killed_and_started_again(supervise: Callable[..., Supervisor]) -> None:
    two = supervise(child(BEATING, "a"), child(BEATING, "b"), silent_after_s=1.0)
    two.start()
    first, second = two.children
    wait_for(lambda: two.poll() is None and first.heard_at is not None and second.heard_at is not None)
    assert first.process is not None
    assert second.process is not None
    frozen, other = first.process, second.process.pid
    os.kill(frozen.pid, signal.SIGSTOP)

    def is_back() -> bool:
        two.poll()
        return first.is_running and first.process is not None and first.process.pid != frozen.pid

    wait_for(is_back)
    assert frozen.returncode == -signal.SIGKILL
    assert (first.starts, first.deaths) == (2, 1)
    assert second.process.pid == other


def test_a_child_that_never_says_a_word_is_given_time_to_load_and_fails_when_it_hangs_again_and_again() -> None:
    now = [1000.0]
    mute = Supervisor([child(SLEEPER)], clock=lambda: now[0], silent_at_start_s=100.0)
    mute.start()
    only = mute.children[0]
    try:
        while now[0] < 1099:
            mute.poll()
            now[0] += 1.0
        assert (only.starts, only.deaths) == (1, 0)
        while only.deaths < FAILED_AFTER_DEATHS:
            mute.poll()
            if only.hung and only.process is not None:
                only.process.wait()
            now[0] += 1.0
        assert only.has_failed
        assert now[0] == pytest.approx(1000 + 5 * 100, abs=30)
    finally:
        mute.stop()


def test_nobody_is_killed_because_the_supervisor_slept(supervise: Callable[..., Supervisor]) -> None:
    now = [1000.0]
    one = supervise(child(BEATING), clock=lambda: now[0], silent_after_s=1.0)
    one.start()
    wait_for(lambda: one.poll() is None and one.children[0].heard_at is not None)
    assert one.children[0].process is not None
    os.kill(one.children[0].process.pid, signal.SIGSTOP)
    one.poll()
    now[0] += 3600.0
    one.poll()
    assert one.children[0].is_running
    os.kill(one.children[0].process.pid, signal.SIGCONT)


def test_a_beat_without_a_supervisor_and_into_a_full_pipe_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    lifeline.beat()
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    monkeypatch.setenv(lifeline.PULSE_VARIABLE, str(theirs))
    for _ in range(100_000):
        lifeline.beat()
    os.close(ours)
    lifeline.beat()
    os.close(theirs)
    lifeline.beat()


def test_stop_is_quick_even_when_a_child_ignores_it(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    deaf = (
        "import pathlib, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch()\ntime.sleep(60)\n"
    )
    stubborn = supervise(child(deaf), child(SLEEPER, "worker-1", "worker", ("c",)))
    stubborn.start()
    wait_for(ready.exists)
    began = time.monotonic()
    stubborn.stop()
    assert time.monotonic() - began < 5
    assert not any(one.is_running for one in stubborn.children)


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    follower = (
        "import sys; sys.path.insert(0, '.')\nfrom mall.lifeline import arm_from_environment\narm_from_environment()\n"
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\ntime.sleep(60)\n"
    )
    parent = (
        "import sys; sys.path.insert(0, '.')\nimport time\nfrom mall.supervisor import ChildSpec, Supervisor\n"
        f"Supervisor([ChildSpec(n, 'engine', ('-c', {follower!r})) for n in 'ab']).start()\ntime.sleep(60)\n"
    )
    boss = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2)
    finally:
        boss.kill()
        boss.wait()
    wait_for(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_child_whose_parent_is_gone_already_never_starts() -> None:
    code = (
        "import sys; sys.path.insert(0, '.')\nfrom mall.lifeline import arm_from_environment\narm_from_environment()\n"
    )
    environment = {**os.environ, "MALL_PARENT": "1"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False).returncode == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no address", "no address"),
        ("rtsp://cam.local/live", "rtsp://cam.local/live"),
        ("rtsp://admin:pa55@cam.local:554/live", "rtsp://admin:***@cam.local:554/live"),
        ("lost rtsp://admin:p@ss/w@cam/live again", "lost rtsp://admin:***@cam/live again"),
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("http://cam/mjpg?user=a&password=b&x=1", "http://cam/mjpg?user=a&password=***&x=1"),
    ],
)
def test_passwords_never_reach_a_log(text: str, expected: str) -> None:
    assert logs.redact(text) == expected


def poll_until(one: Supervisor, condition: Callable[[], bool]) -> None:
    def polled() -> bool:
        one.poll()
        return condition()

    wait_for(polled)


def pids(one: Supervisor) -> dict[str, int]:
    return {c.spec.name: c.process.pid for c in one.children if c.process is not None and c.is_running}


def test_only_children_whose_site_changed_are_exchanged(supervise: Callable[..., Supervisor]) -> None:
    web, worker = child(SLEEPER, "web", "web"), child(SLEEPER, "worker-1", "worker", ("c1", "c2"))
    one = supervise(replace(web, inputs="old"), worker)
    one.start()
    before = pids(one)
    assert one.adopt([replace(web, inputs="new"), worker]) == ["web"]
    poll_until(one, lambda: len(one.children) == 2 and set(pids(one)) == {"web", "worker-1"})
    after = pids(one)
    assert after["worker-1"] == before["worker-1"]
    assert after["web"] != before["web"]
    assert not one.failed_roles()
    assert [c.deaths for c in one.children] == [0, 0]


def is_deaf(pid: int) -> bool:
    ignored = re.search(r"SigIgn:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return ignored is not None and bool(int(ignored[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_a_successor_waits_until_the_one_before_it_has_let_go(supervise: Callable[..., Supervisor]) -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n"
    one = supervise(child(deaf, "web", "web"))
    one.start()
    old = one.children[0].process
    assert old is not None
    wait_for(lambda: is_deaf(old.pid))
    one.adopt([replace(child(SLEEPER, "web", "web"), inputs="new")])
    while len(one.children) > 1:  # it is killed in the end
        one.poll()
        assert old.poll() is not None or one.children[1].process is None
    poll_until(one, lambda: set(pids(one)) == {"web"})
    assert old.poll() == -signal.SIGKILL


def test_cameras_that_were_split_stay_so_until_their_site_changes(supervise: Callable[..., Supervisor]) -> None:
    worker = child(SLEEPER, "worker-1", "worker", ("c1", "c2"))
    one = supervise(*worker.split())
    one.start()
    before = pids(one)
    assert one.adopt([worker]) == []
    one.poll()
    assert pids(one) == before
    assert one.adopt([replace(worker, inputs="new", cameras=("c1", "c2", "c3"))]) == ["worker-1"]
    poll_until(one, lambda: set(pids(one)) == {"worker-1"})


def test_what_a_site_no_longer_has_ends_and_what_is_new_starts(supervise: Callable[..., Supervisor]) -> None:
    one = supervise(child(SLEEPER, "devices", "devices"), child("pass", "worker-1", "worker", ("c1",)))
    one.start()
    poll_until(one, lambda: one.children[1].finished)
    assert one.adopt([child(SLEEPER, "public", "web")]) == ["public"]
    poll_until(one, lambda: [c.spec.name for c in one.children] == ["public"] and one.children[0].is_running)
