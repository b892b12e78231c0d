"""The audit on the command line: from the store that runs, or from the file of the state folder."""

import json
from pathlib import Path

import pytest

from mall.audit_command import print_audit
from mall.store import open_store
from mall.store.audit import AuditFile
from mall.store.embedded import EmbeddedStore
from tests.mall.web.small_site import write_site


def test_a_whole_chain_and_a_broken_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site, state = tmp_path / "site", tmp_path / "state"
    site.mkdir()
    state.mkdir()
    write_site(site)
    monkeypatch.setenv("MALL_STATE", str(state))
    book = AuditFile(state / "audit.jsonl")
    for who in ("森", "abe", "sato"):
        book.append_audit({"who": who, "what": "test"})
    assert print_audit(site, None, 2) == 0
    told = capsys.readouterr()
    assert [json.loads(line)["who"] for line in told.out.splitlines()] == ["abe", "sato"]
    assert "whole" in told.err
    path = state / "audit.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("森", "杜"), encoding="utf-8")
    assert print_audit(site, None, 0) == 1
    assert "broken at 2-0" in capsys.readouterr().err


def test_the_store_given_is_asked(
    tmp_path: Path, store_server: EmbeddedStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_site(tmp_path)
    store = open_store(store_server.url, "small")
    before = len(store.read_audit(1000))
    store.append_audit({"who": "abe", "what": "test"})
    store.close()
    assert print_audit(tmp_path, store_server.url, 1000) == 0
    assert len(capsys.readouterr().out.splitlines()) == before + 1
