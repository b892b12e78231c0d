"""Limits as real processes, without ``--setup``: what runs takes them up by itself and goes on where they are wrong."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stack_process import StackProcess, wait_for, write_boxes_site

PATIENCE_S = 120.0  # on a machine that does other things besides; each wait ends at its condition


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[StackProcess]:
    running = StackProcess(write_boxes_site(tmp_path / "site"), tmp_path / "state").start()
    try:
        yield running.wait_until_live()
    finally:
        running.stop()


def read(stack: StackProcess, path: str) -> Any:
    try:
        return stack.get_json(path)
    except (OSError, ValueError):
        return []  # the web process is being started again


def rule(stack: StackProcess) -> dict[str, Any]:
    return next((row for row in read(stack, "/api/v1/rules") if row["id"] == "density-walkway"), {})


def epoch(stack: StackProcess) -> str:
    return str(stack.get_json("/api/v1/live")["zones"]["plaza"]["epoch"])


def test_a_saved_limit_is_taken_up_and_raises(stack: StackProcess) -> None:
    # two people on 100 m² are 0.02 p/m²
    limits = {"watch": "0.01 p/m²", "on_delay_s": 1}
    body = {"limits": limits, "zone": "plaza", "by": "console:mori", "why": "test", "version": rule(stack)["version"]}
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port}/api/v1/rules/density-walkway", json.dumps(body).encode(),
        {"content-type": "application/json"}, method="PUT",
    )  # fmt: skip
    before = sorted(stack.children("app.py")), epoch(stack)
    with urllib.request.urlopen(request, timeout=30) as answer:
        version = json.load(answer)["version"]
    wait_for(lambda: rule(stack).get("version") == version, PATIENCE_S, "the saved limits in effect")
    assert rule(stack)["overrides"]["plaza"]["limits"][0]["value"] == 0.01
    wait_for(
        lambda: [a for a in read(stack, "/api/v1/advisories") if a["rule"] == "density-walkway"],
        PATIENCE_S,
        "an advisory by the saved limit",
    )
    assert (sorted(stack.children("app.py")), epoch(stack)) == before, "nothing started anew"
    _wrong_by_hand(stack, version)


def _wrong_by_hand(stack: StackProcess, version: str) -> None:
    """Write what cannot be, then what can: the stack says so, stays live on what it has, and takes the second up."""
    path = stack.site / "site.toml"
    right = path.read_text()
    path.write_text(right.replace("0.01", "-3"))
    wait_for(lambda: "site changed, not taken up" in stack.log.read_text(), PATIENCE_S, "the refusal")
    assert "limits.density-walkway.plaza.watch" in stack.log.read_text()
    zone = stack.get_json("/api/v1/live")["zones"]["plaza"]
    assert (zone["state"], zone["people"], rule(stack)["version"]) == ("live", 2, version)
    path.write_text(right.replace("0.01 p", "0.015 p"))
    wait_for(lambda: rule(stack)["overrides"]["plaza"]["limits"][0]["value"] == 0.015, PATIENCE_S, "the limit by hand")
