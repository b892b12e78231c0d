"""Limits of rules saved by the interface, compared with what another parser reads in the file and with the audit."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mall.errors import StoreError
from mall.setup.versions import Versions
from mall.store import MemoryStore
from mall.validation import load_valid_site
from mall.web.application import create_app
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import SITE, write_site

OWN = """
# ours since the reopening
[limits.density-walkway]   # agreed with the fire brigade
warn = "1.5 p/m²"  # was 1.75
[limits."density-walkway.plaza"]
watch = 0.9

# the end
"""


class Console:
    """A web process on a site folder, and one operator."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder, self.store, self.state = folder / "site", MemoryStore(), folder / "state"
        self.folder.mkdir()
        write_site(self.folder, toml=SITE + more)
        self.start()

    def start(self) -> None:
        """Start as the stack does once a changed site was taken up."""
        site = load_valid_site(self.folder)
        self.client = AppClient(create_app(site, self.store, {}, state=self.state))

    def rule(self, rule: str = "density-walkway") -> dict[str, Any]:
        rows = self.client.get("/api/v1/rules").json()
        found: dict[str, Any] = next(row for row in rows if row["id"] == rule)
        return found

    def put(self, rule: str = "density-walkway", **changes: Any) -> tuple[int, dict[str, Any]]:
        body = {
            "limits": {"warn": 1.6},
            "by": "console:mori",
            "why": "school groups",
            "version": self.rule()["version"],
        }
        answer = self.client.request("PUT", f"/api/v1/rules/{rule}", json=body | changes)
        return answer.status_code, answer.json()

    @property
    def text(self) -> str:
        return (self.folder / "site.toml").read_bytes().decode()

    @property
    def limits(self) -> dict[str, Any]:
        return tomllib.loads(self.text).get("limits", {})

    def audit(self) -> list[dict[str, Any]]:
        return self.store.read_audit_since(0.0, 100)


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Console:
    return Console(tmp_path, OWN)


def test_a_limit_is_written_audited_and_told_once_it_runs(console: Console) -> None:
    before, old = console.text, console.rule()
    status, told = console.put()
    assert (status, told["before"], told["after"]) == (200, {"warn": 1.75}, {"warn": 1.6})
    assert console.text == before + "\n[limits.density-walkway]\nwarn = 1.6\n"
    (entry,) = console.audit()
    expected = {
        "who": "console:mori", "what": "limits changed", "why": "school groups", "rule": "density-walkway",
        "zone": None, "before": {"warn": 1.75}, "after": {"warn": 1.6},
    }  # fmt: skip
    assert expected.items() <= entry.items()
    assert console.rule() == old, "not yet taken up"
    console.start()
    now = console.rule()
    assert (now["version"], now["built_in"]["warn"]) == (told["version"], 1.75)
    assert [limit["value"] for limit in now["limits"]] == [1.08, 1.6, 2.17, 3.5]


def test_a_zones_limits_and_all_kinds_of_keys_are_written_as_they_were_said(console: Console) -> None:
    status, _ = console.put(zone="plaza", limits={"act": "2.0 p/m²", "on_delay_s": 30.0, "hysteresis": "20 %"})
    assert status == 200
    assert console.limits == {
        "density-walkway.plaza": {"act": "2.0 p/m²", "on_delay_s": 30, "hysteresis": "20 %"},
    }  # fmt: skip
    console.start()
    status, _ = console.put("utilisation", zone=None, limits={"watch": "70 %"})
    assert status == 200
    console.start()
    plaza = console.rule()["overrides"]["plaza"]
    assert (plaza["on_delay_s"], plaza["hysteresis"], plaza["limits"][2]["value"]) == (30.0, 0.2, 2.0)
    assert console.rule("utilisation")["limits"][0]["value"] == 0.7


def test_comments_and_every_other_line_stay(own: Console) -> None:
    before = own.text
    assert own.put(limits={"warn": 1.55, "act": 2.1})[0] == 200
    old, new = before.splitlines(), own.text.splitlines()
    assert [line for line in old if line not in new] == ['warn = "1.5 p/m²"  # was 1.75']
    assert [line for line in new if line not in old] == ["warn = 1.55  # was 1.75", "act = 2.1"]
    own.start()
    assert own.put(zone="hall", limits={"watch": 1.0})[0] == 200
    assert own.text.endswith('watch = 0.9\n\n[limits."density-walkway.hall"]\nwatch = 1\n\n# the end\n')


def test_what_says_no_more_than_would_hold_without_it_is_taken_away(own: Console) -> None:
    # 1.5 is what all zones have; the plaza's own 0.9 goes with the table that holds nothing else
    assert own.put(zone="plaza", limits={"watch": 1.08, "warn": 1.5})[0] == 200
    assert own.limits == {"density-walkway": {"warn": "1.5 p/m²"}}
    assert own.text.endswith("# was 1.75\n\n# the end\n")
    own.start()
    status, told = own.put(limits={"warn": 1.75})
    assert (status, told["before"], told["after"]) == (200, {"warn": 1.5}, {"warn": 1.75})
    assert own.limits == {"density-walkway": {}}, "it stays for its comment"
    own.start()
    assert own.put(limits={"warn": 1.6})[0] == 200
    assert own.limits == {"density-walkway": {"warn": 1.6}}


def test_saying_what_holds_changes_nothing(own: Console) -> None:
    before = own.text
    status, told = own.put(limits={"warn": 1.5, "watch": 1.08})
    assert (status, told["version"], told["after"]) == (200, own.rule()["version"], {})
    assert (own.text, own.audit()) == (before, [])


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"limits": {"warn": "2 min"}}, 422, "density-walkway.warn: expected p/m²"),
        ({"limits": {"warn": 2.5}}, 422, "rise with severity"),
        ({"limits": {"act": 1.45}}, 422, "rise with severity"),
        ({"limits": {"watch": -1}}, 422, "density-walkway.watch: expected a number above 0"),
        ({"limits": {"loud": 2.0}}, 422, "density-walkway.loud: no such key"),
        ({"limits": {"warn": "much"}}, 422, "expected a number"),
        ({"limits": {"warn": "1e999"}}, 422, "finite"),
        ({"limits": {"warn": True}}, 422, "limits.warn"),
        ({"limits": {}}, 422, "limits"),
        ({"limits": {"on_delay_s": 90_000}}, 422, "0 to 86400 s"),
        ({"zone": "plaza", "limits": {"watch": 1.5}}, 422, "density-walkway.plaza"),
        # right for the rule, and upside down with the plaza's own watch at 0.9
        ({"limits": {"watch": 0.5, "warn": 0.8}}, 422, "limits.density-walkway.plaza"),
        ({"zone": "moon"}, 404, "zone moon"),
        ({"zone": "books"}, 404, "zone books"),
        ({"rule": "nothing"}, 404, "rule nothing"),
        ({"by": "mori"}, 422, "console:"),
        ({"why": " "}, 422, "why"),
        ({"version": "0" * 16}, 409, "changed meanwhile"),
        ({"more": 1}, 422, "more"),
    ],
)
def test_what_cannot_be_is_named_in_both_languages_and_changes_nothing(
    own: Console, changes: dict[str, Any], status: int, named: str
) -> None:
    before = own.text
    got, told = own.put(**changes)
    assert (got, named in told["detail"]) == (status, True), told
    assert told["text"]["ja"]
    assert (own.text, own.audit()) == (before, [])


def test_the_second_of_two_is_told_and_so_is_who_edits_by_hand(console: Console) -> None:
    version = console.rule()["version"]
    assert console.put()[0] == 200
    status, told = console.put(limits={"act": 2.1}, version=version)
    assert (status, told["code"]) == (409, "changed")
    assert console.limits == {"density-walkway": {"warn": 1.6}}


def test_a_file_that_is_wrong_by_hand_is_left_alone(console: Console) -> None:
    (console.folder / "site.toml").write_text("[site\n")
    status, told = console.put()
    assert (status, "site.toml" in told["detail"]) == (422, True)
    assert (console.text, console.audit()) == ("[site\n", [])


def test_a_form_that_cannot_be_edited_is_named(tmp_path: Path) -> None:
    console = Console(tmp_path, "[limits]\ndensity-walkway = { warn = 1.5 }\n")
    status, told = console.put()
    assert (status, "by hand" in told["detail"]) == (422, True)
    assert console.limits == {"density-walkway": {"warn": 1.5}}


def test_windows_line_ends_stay(console: Console) -> None:
    path = console.folder / "site.toml"
    path.write_bytes((console.text + OWN).replace("\n", "\r\n").encode())
    console.start()
    assert console.put(limits={"act": 2.1})[0] == 200
    console.start()
    assert console.put(zone="hall", limits={"act": 2.0})[0] == 200
    assert "\n" not in console.text.replace("\r\n", "")
    assert console.limits["density-walkway.hall"] == {"act": 2}


def test_without_the_audit_nothing_is_done(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_entry: Any) -> str:
        raise StoreError("silent")

    before = console.text
    monkeypatch.setattr(console.store, "append_audit", silent)
    status, told = console.put()
    assert (status, told["code"], console.text) == (503, "store", before)


def test_a_folder_that_cannot_be_written_is_named_before_anything(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    status, told = console.put()
    assert (status, told["code"], console.audit()) == (422, "read-only", [])
    assert "no right to write" in told["text"]["ja"]


def test_a_disk_that_refuses_is_told_and_the_audit_says_not_done(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    before = console.text
    monkeypatch.setattr("mall.setup.versions.write_files", full)
    status, told = console.put()
    assert (status, told["code"], console.text) == (422, "read-only", before)
    assert [entry["what"] for entry in console.audit()] == ["limits changed", "not done: limits changed"]


def test_a_save_can_be_taken_back_as_any_step_of_setup(console: Console) -> None:
    before = console.text
    assert console.put()[0] == 200
    versions = Versions(console.state / "setup" / "versions")
    (step,) = versions.steps()
    assert (step.who, step.what) == ("console:mori", "limits.density-walkway: warn 1.75 → 1.6")
    versions.undo(step)
    assert console.text == before
