"""The daily self-test through a real stack: engine, store and web as processes, and two channels."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mall.config import load_site
from tests.mall.notify.receivers import Receiver, http_receiver, webhook
from tests.stack_process import StackProcess, wait_for, write_boxes_site

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as running:
        yield running


def due_now(site: Path) -> str:
    """Return the table that lets the test run at once: this minute, as the site's clock tells it."""
    at = datetime.now(ZoneInfo(load_site(site).file.site.timezone)).strftime("%H:%M")
    return f'\n[alarms]\nhosts = ["127.0.0.1"]\nself_test_at = "{at}"\n'


def audit(site: Path, state: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "app.py", "audit", "--site", str(site)]
    environment = os.environ | {"MALL_STATE": str(state)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)


def test_every_channel_is_tried_and_the_secret_stays(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim-4711")
    site = write_boxes_site(tmp_path / "site")
    tables = due_now(site) + webhook("desk", receiver.url) + webhook("fire-brigade", receiver.url, kind="cap")
    with (site / "site.toml").open("a", encoding="utf-8") as file:
        file.write(tables)
    stack = StackProcess(site, tmp_path / "state").start()
    try:
        stack.wait_until_live()

        def rows() -> list[dict[str, Any]]:
            return list(stack.get_json("/api/v1/notify"))

        wait_for(lambda: all(row["tested_at"] for row in rows()), what="the self-test to end")
        assert [row["test_error"] for row in rows()] == ["", ""]
        wait_for(lambda: len(receiver.got) >= 4, what="its end to be told")
        assert {b"Test" in got.body for got in receiver.got} == {True}
        done = audit(site, tmp_path / "state")
        assert (done.returncode, "advisory self-test passed" in done.stdout, "whole" in done.stderr) == (0, True, True)
        assert "geheim-4711" not in stack.log.read_text() + done.stdout + str(rows())
    finally:
        assert stack.stop() == 0
