"""kill -9 while a message is on its way: the next leader tells it again, under the same id, and only that one."""

import os
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from mall.advisories.desk import Desk
from mall.notify.rounds import Rounds
from mall.store import open_store
from mall.store.embedded import EmbeddedStore
from tests.mall.notify.receivers import ALARMS, http_receiver, site_with, until, webhook
from tests.mall.web.test_api import ADVISORY

ROOT = Path(__file__).parents[3]
LEADER = """
import sys, time
from pathlib import Path
from mall.advisories.desk import Desk
from mall.config import load_site
from mall.notify.rounds import Rounds
from mall.store import open_store
site, store = load_site(Path(sys.argv[1])), open_store(sys.argv[2], sys.argv[3])
rounds = Rounds(site, store, Desk(store))
while True:
    rounds.go(time.time())
    time.sleep(0.02)
"""


def test_a_leader_killed_with_a_message_on_its_way(
    tmp_path: Path, store_server: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim")
    name = f"t-{uuid.uuid4().hex[:8]}"
    store = open_store(store_server.url, name)
    with http_receiver() as receiver:
        site = site_with(tmp_path, ALARMS + webhook("desk", receiver.url))
        receiver.mode = "hang"
        assert store.put_advisory(replace(ADVISORY, raised_at=time.time()), None)
        command = [sys.executable, "-c", LEADER, str(tmp_path), store_server.url, name]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, env=environment) as leader:
            until(lambda: receiver.got, 20.0)
            leader.send_signal(signal.SIGKILL)
        assert leader.returncode == -signal.SIGKILL
        assert len(store.queued_messages()) == 1, "it waits, for nobody knows whether it was taken"
        receiver.mode = 204
        rounds = Rounds(site, store, Desk(store))
        until(lambda: [rounds.go(time.time()), time.sleep(0.05), not store.queued_messages()][2], 20.0)
        rounds.close()
    store.close()
    ids = [got.headers["X-Mall-Id"] for got in receiver.got]
    assert len(ids) == 2
    assert len(set(ids)) == 1
