"""Exit codes and their one line: 2 names what is wrong and where, before anything is started."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.contract.test_site_folder import MINIMAL_PLAN, MINIMAL_SITE, write_minimal
from tests.stack_process import APP, ROOT, free_port


def call(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("MALL_", "REDIS_")) and k != "PORT"}
    return subprocess.run(
        [sys.executable, str(APP), *arguments], env={**keep, **environment}, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


TOLD = ("--who", "me", "--why", "test")
TAUGHT = ("--teacher", str(ROOT / "vision" / "weights"), *TOLD)

CASES = [
    (["nonsense"], "nonsense"),
    (["run", "--port", "0"], "--port"),
    (["count"], "video"),
    (["bench", "nonsense"], "nonsense"),
    (["drill", "nonsense", "--site", "{film}"], "nonsense"),
    (["drill", "--site", "{empty}"], "site.toml"),
    (["drill", "--replay", "{film}/nothing.jsonl", "--site", "{film}"], "nothing.jsonl"),
    (["drill", "--serve", "--site", "{film}"], "store"),
    (["check", "--site", "{empty}"], "site.toml"),
    (["run", "--site", "{empty}"], "site.toml"),
    (["run", "--site", "{site}"], "no such file"),
    (["worker", "--site", "{film}", "nobody"], "nobody"),
    (["worker", "--site", "{film}", "c"], "store"),
    (["engine", "--site", "{film}", "--redis", "unix:///nowhere/s"], "/nowhere/s"),
    (["run", "--site", "{film}", "--redis", "nonsense://h"], "nonsense"),
    (["count", "{film}/film", "--site", "{film}", "--camera", "nobody"], "nobody"),
    (["count", "{film}/nothing.mp4", "--site", "{film}", "--camera", "c"], "nothing.mp4"),
    (["count", "{film}/film", "--site", "{film}", "--camera", "c", "--weights", "/no/w.onnx"], "/no/w.onnx"),
    (["distill", "--site", "{film}", "c"], "--who"),
    (["distill", "--site", "{film}", *TOLD], "CAMERA"),
    (["distill", "--site", "{film}", "nobody", *TOLD], "nobody"),
    (["distill", "--site", "{film}", "c", "--check", "c", *TOLD], "named twice"),
    (["distill", "--site", "{film}", "c", "--frames", "7", *TOLD], "--frames 7"),
    (["distill", "--site", "{film}", "c", "--teacher", "/no/t.pt", *TOLD], "/no/t.pt"),
    (["distill", "--site", "{film}", "c", "--student", "/no/s.pt", "--teacher", "{film}/film", *TOLD], "{film}/film"),
    (["distill", "--site", "{other}", "d", *TOLD], "camera (d).source: recorded boxes"),
    (["distill", "--site", "{film}", "c", "--redis", "unix:///nowhere/s", *TAUGHT], "/nowhere/s"),
    (["distill", "--site", "{film}", "c", "--out", "{film}", *TAUGHT], "--out {film}: holds other things"),
    (["fuse", "{film}/nothing.jsonl", "--site", "{film}"], "nothing.jsonl"),
    (["measure", "{film}/nothing.txt", "--site", "{film}"], "nothing.txt"),
    (["calibrate", "v.mp4", "--site", "{film}", "--camera", "c", "--counts", "{film}/f.csv"], "f.csv"),
    (["check", "--site", "{limits}"], "limits.density-walkways"),
    (["engine", "--site", "{limits}", "--redis", "unix:///nowhere/s"], "limits.density-walkways"),
    (["run", "--site", "{weights}"], "camera (c).weights: nothing.pt"),
    (["run", "--site", "{public}"], "public.bind"),
    (["run", "--site", "{folded}"], "site.toml: camera (c).calibration: the pairs fold"),
    (["run", "--site", "{scheme}"], "site.toml: camera (d).source: ftp://192.0.2.1/1: expected rtsp"),
    (["run", "--site", "{text}"], "site.toml: camera (d).source: "),
    (["run", "--site", "{other}"], "no boxes of camera 'd'"),
    (["run", "--site", "{hollow}"], "no images in this folder"),
    (["count", "{film}/film", "--site", "{folded}", "--camera", "c"], "site.toml: camera (c).calibration: the pairs"),
    (["count", "{film}/site.toml", "--site", "{film}", "--camera", "c"], "site.toml: not a readable video"),
    (["count", "{film}/film", "--site", "{film}", "--camera", "c", "--out", "{film}/film/0.png"], "--out"),
]

ANOTHER = '[[camera]]\nid = "d"\nlevel = "1f"\n'

ADDED = {
    "limits": "[limits.density-walkways]\nwarn = 1.5\n",
    "weights": 'weights = "nothing.pt"\n',  # of the camera, whose table is the last one
    "public": '[public]\nbind = "nowhere"\n',
    "folded": "[camera.calibration]\nimage_points = [[0, 0], [9, 0], [9, 9], [0, 9]]\n"
    "plan_points = [[0, 9], [9, 9], [0, 0], [9, 0]]\n",
    "scheme": ANOTHER + 'source = "ftp://192.0.2.1/1"\n',
    "text": ANOTHER + 'source = "text.avi"\n',
    "other": ANOTHER + 'source = "other.jsonl"\n',
    "hollow": ANOTHER + 'source = "hollow"\n',
}


def write_sources(folder: Path) -> None:
    """Write a folder of one picture, and sources of every kind that cannot be read."""
    (folder / "film").mkdir()
    (folder / "hollow").mkdir()
    cv2.imwrite(str(folder / "film" / "0.png"), np.zeros((48, 64, 3), np.uint8))
    (folder / "text.avi").write_text("a text")
    (folder / "other.jsonl").write_text('{"camera": "c", "frame": 0, "t": 0.0, "boxes": []}\n')
    writer = cv2.VideoWriter(str(folder / "cut.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for index in range(50):
        writer.write(np.full((48, 64, 3), 4 * index, np.uint8))
    writer.release()
    whole = (folder / "cut.avi").read_bytes()
    (folder / "cut.avi").write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(("arguments", "named"), CASES, ids=[" ".join(case[0])[:60] for case in CASES])
def test_wrong_things_end_with_2_and_one_line(tmp_path: Path, arguments: list[str], named: str) -> None:
    used = [name for name in ("empty", "site", "film", *ADDED) if f"{{{name}}}" in " ".join(arguments)]
    places = {name: str(tmp_path / name) for name in used}
    for name, place in places.items():
        Path(place).mkdir()
        if name != "empty":
            write_minimal(Path(place), MINIMAL_SITE + ADDED.get(name, ""))
        if name not in ("empty", "site"):
            write_sources(tmp_path / name)
    done = call(*[a.format(**places) for a in arguments], MALL_STATE=str(tmp_path / "state"))
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert named.format(**places) in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("out", [None, "out.jsonl"])
def test_a_film_cut_short_ends_with_2_after_the_lines_it_has(tmp_path: Path, out: str | None) -> None:
    write_minimal(tmp_path)
    write_sources(tmp_path)
    more = ("--out", str(tmp_path / out)) if out else ()
    done = call("count", str(tmp_path / "cut.avi"), "--site", str(tmp_path), "--camera", "c", *more)
    assert done.returncode == 2, done.stderr
    frames = len(done.stdout.splitlines())
    last = done.stderr.strip().splitlines()[-1]
    assert re.fullmatch(rf"error: {tmp_path / 'cut.avi'}: frame {frames or '[0-9]+'} of 50 cannot be read", last)
    assert (frames == 0) == bool(out)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_broken_plan_is_named_by_its_feature(tmp_path: Path) -> None:
    write_minimal(tmp_path)
    plan = json.loads(json.dumps(MINIMAL_PLAN))
    plan["features"][0]["geometry"]["coordinates"] = [[[0, 0], [9, 9], [9, 0], [0, 9], [0, 0]]]
    (tmp_path / "floorplan.geojson").write_text(json.dumps(plan))
    done = call("check", "--site", str(tmp_path))
    assert done.returncode == 2
    assert "floorplan.geojson" in done.stderr
    assert "plaza" in done.stderr


STATES = ["/proc/nope", "{here}/a_file", "{here}/a_file/below", "{here}/" + "x" * 300]


@pytest.mark.parametrize(
    ("command", "state"), [*(("run", state) for state in STATES), ("web", STATES[0]), ("devices", STATES[1])]
)
def test_a_state_folder_that_cannot_be_is_named(tmp_path: Path, command: str, state: str) -> None:
    write_minimal(tmp_path)
    write_sources(tmp_path)
    (tmp_path / "a_file").write_text("kept")
    state = state.format(here=tmp_path)
    more = () if command == "devices" else ("--redis", "unix:///nowhere/s")
    done = call(command, "--site", str(tmp_path), "--port", str(free_port()), *more, MALL_STATE=state)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert f"MALL_STATE: {state[:200]}" in done.stderr
    assert (tmp_path / "a_file").read_text() == "kept"


def test_a_busy_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").write_text('{"camera": "c", "frame": 0, "t": 0.0, "boxes": []}\n')
    write_minimal(tmp_path, MINIMAL_SITE.replace('"film"', '"film.jsonl"'))
    port = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        done = call("run", "--site", str(tmp_path), "--port", str(port), MALL_STATE=str(tmp_path / "state"))
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_web_process_on_a_busy_port_says_so_in_one_line(tmp_path: Path) -> None:
    write_minimal(tmp_path)
    port = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        address = ("--port", str(port), "--redis", "unix:///nowhere/s")
        done = call("web", "--site", str(tmp_path), *address, MALL_STATE=str(tmp_path / "state"))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert f"127.0.0.1:{port}" in done.stderr


def test_check_says_0_for_a_site_that_only_deserves_a_look(tmp_path: Path) -> None:
    (tmp_path / "film.jsonl").write_text('{"camera": "c", "frame": 0, "t": 0.0, "boxes": []}\n')
    write_minimal(tmp_path, MINIMAL_SITE.replace('"film"', '"film.jsonl"'))
    done = call("check", "--site", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning: " in done.stdout


def test_a_password_in_an_address_is_never_printed(tmp_path: Path) -> None:
    write_minimal(tmp_path)
    (tmp_path / "film").mkdir()
    done = call("engine", "--site", str(tmp_path), REDIS_URL="redis://:hunter2@127.0.0.1:1/0")
    assert done.returncode == 2
    assert "hunter2" not in done.stderr + done.stdout


def test_help_answers_at_once_and_lists_every_command() -> None:
    done = call("--help")
    assert done.returncode == 0
    for command in (
        "run",
        "worker",
        "engine",
        "web",
        "devices",
        "count",
        "calibrate",
        "distill",
        "fuse",
        "measure",
        "check",
        "audit",
        "drill",
        "bench",
    ):
        assert f"  {command} " in done.stdout
