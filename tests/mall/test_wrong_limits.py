"""Limits that cannot be, by hand while the stack runs and by the interface: named, and nothing changes."""

import json
from pathlib import Path

import pytest
import structlog.testing

from mall.config import Site, load_site
from mall.site_watch import LOOK_EVERY_S, SiteWatch
from mall.store import MemoryStore
from mall.validation import load_valid_site
from mall.web.application import create_app
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import SITE, write_site

HUGE_DIGITS = "9" * 41
# rule or rule.zone, key, as it stands in TOML ("": there is no such thing) and in JSON (None), what is named
WRONG: list[tuple[str, str, str, str | None, str]] = [
    ("density-walkway", "warn", '"2 min"', '"2 min"', "limits.density-walkway.warn: expected p/m², got 120 s"),
    ("escalator-landing", "act", '"1 p/m²"', '"1 p/m²"', "limits.escalator-landing.act: expected s, got 1 p/m²"),
    ("utilisation", "watch", '"0.8 p/m²"', '"0.8 p/m²"', "limits.utilisation.watch: expected a number without unit"),
    ("density-walkway", "warn", '"1.5 パスカル"', '"1.5 パスカル"', "limits.density-walkway.warn"),
    ("density-walkway", "warn", "3.0", "3.0", "limits.density-walkway]: limits must be positive and rise"),
    ("time-to-limit", "watch", "30", "30", "limits.time-to-limit]: limits must be positive and fall"),
    ("density-walkway.hall", "act", "9", "9", "limits.density-walkway.hall]: limits must be positive and rise"),
    ("density-walkways", "warn", "1.5", "1.5", "density-walkways"),
    ("density-walkway.moon", "warn", "1.5", "1.5", "moon"),
    ("density-stair.hall", "warn", "1.6", "1.6", "density-stair"),  # a concourse
    ("queue-wait.books", "watch", "200", "200", "queue-wait"),  # a shop
    ("camera-lost.hall", "warn", "1", "1", "camera-lost"),  # judges cameras
    ("density-walkway", "wrn", "1.5", "1.5", "limits.density-walkway.wrn: no such key"),
    ("density-walkway", "falling_share", "0.3", "0.3", "limits.density-walkway.falling_share: no such key"),
    ("density-walkway", "warn", "nan", "NaN", "limits.density-walkway.warn: expected a finite number"),
    ("density-walkway", "clear", "inf", "Infinity", "limits.density-walkway.clear: expected a finite number"),
    ("density-walkway", "clear", '"1e400"', '"1e400"', "limits.density-walkway.clear: expected a finite number"),
    ("density-walkway", "watch", "-1.08", "-1.08", "limits.density-walkway.watch: expected a number above 0"),
    ("density-walkway", "watch", "0", "0", "limits.density-walkway.watch: expected a number above 0"),
    ("density-walkway", "clear", "1e300", "1e300", "limits.density-walkway.clear: expected at most 20 p/m²"),
    ("counter-flow", "warn", "4900", "4900", "limits.counter-flow.warn: expected at most 1000 p/m/min"),
    ("blocked-exit", "standstill_m_s", "30", "30", "limits.blocked-exit.standstill_m_s: expected at most 10 m/s"),
    ("density-walkway", "on_delay_s", "86401", "86401", "limits.density-walkway.on_delay_s: expected 0 to 86400 s"),
    ("density-walkway", "off_delay_s", "-1", "-1", "limits.density-walkway.off_delay_s: expected 0 to 86400 s"),
    ("density-walkway", "hysteresis", "1", "1", "limits.density-walkway.hysteresis: expected a share"),
    ("density-walkway", "warn", '"１.５"', '"１.５"', "limits.density-walkway.warn"),
    ("density-walkway", "warn", '"١.٥"', '"١.٥"', "limits.density-walkway.warn"),
    ("density-walkway", "warn", '"²"', '"²"', "limits.density-walkway.warn"),
    ("density-walkway", "warn", '""', '""', "limits.density-walkway.warn"),
    ("density-walkway", "warn", '" "', '" "', "limits.density-walkway.warn"),
    ("density-walkway", "warn", f'"{HUGE_DIGITS}"', f'"{HUGE_DIGITS}"', "limits."),
    ("density-walkway", "warn", "true", "true", "warn"),
    ("density-walkway", "warn", "[1.5]", "[1.5]", "warn"),
    ("density-walkway", "warn", "1.5\nwarn = 1.6", None, 'warn stands twice in [limits."density-walkway"]'),
    ("density-walkway", "warn", "", '1.5, "warn": 1.6', "key 'warn' stands twice"),
    ("density-walkway", "warn", "1.5\n[limits.density-walkway]", None, "('limits', 'density-walkway') twice"),
    ("", "warn", "1.5", None, "limits."),
    (".hall", "warn", "1.5", None, "limits..hall"),
]  # fmt: skip
BY_HAND = [(k, w, t, n) for k, w, t, _, n in WRONG if t]
IDS = [f"{key}.{word}={written}"[:60] for key, word, written, _, _ in WRONG]


@pytest.mark.parametrize(
    ("key", "word", "toml", "named"), BY_HAND, ids=[name for name, row in zip(IDS, WRONG, strict=True) if row[2]]
)
def test_by_hand_while_the_stack_runs(tmp_path: Path, key: str, word: str, toml: str, named: str) -> None:
    write_site(tmp_path)
    taken: list[Site] = []
    now = [0.0]
    watch = SiteWatch(load_site(tmp_path), taken.append, clock=lambda: now[0])
    wrong = f'{SITE}\n[limits."{key}"]\n{word} = {toml}\n'
    (tmp_path / "site.toml").write_text(wrong, encoding="utf-8")
    with structlog.testing.capture_logs() as logs:
        for _ in range(6):
            now[0] += LOOK_EVERY_S
            watch.look()
    (said,) = logs
    assert said["event"] == "site changed, not taken up"
    assert str(tmp_path / "site.toml") in said["reason"]
    assert named in said["reason"]
    assert taken == []
    (tmp_path / "site.toml").write_text(SITE + "\n[limits.density-walkway]\nwarn = 1.5\n", encoding="utf-8")
    for _ in range(4):
        now[0] += LOOK_EVERY_S
        watch.look()
    assert [site.file.limits for site in taken] == [{"density-walkway": {"warn": 1.5}}]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemoryStore, AppClient]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "site").mkdir()
    write_site(folder / "site")
    store = MemoryStore()
    app = create_app(load_valid_site(folder / "site"), store, {}, state=folder / "state")
    return folder / "site" / "site.toml", store, AppClient(app)


BY_INTERFACE = [(k, w, j, n) for k, w, _, j, n in WRONG if j is not None]


@pytest.mark.parametrize(
    ("key", "word", "body", "named"), BY_INTERFACE, ids=[name for name, row in zip(IDS, WRONG, strict=True) if row[3]]
)
def test_by_the_interface(web: tuple[Path, MemoryStore, AppClient], key: str, word: str, body: str, named: str) -> None:
    path, store, client = web
    before = path.read_bytes()
    rule, _, zone = key.partition(".")
    version = client.get("/api/v1/rules").json()[0]["version"]
    text = f'{{"limits": {{"{word}": {body}}}, "zone": {json.dumps(zone or None)}, "by": "console:mori", "why": "x",'
    answer = client.request(
        "PUT", f"/api/v1/rules/{rule}", {"content-type": "application/json"},
        content=f'{text} "version": "{version}"}}'.encode(),
    )  # fmt: skip
    told = answer.json()
    assert answer.status_code in (404, 422), told
    assert named.removeprefix("limits.") in told["detail"], told
    assert told["text"]["ja"]
    assert path.read_bytes() == before
    assert store.read_audit_since(0.0, 10) == []
    assert list(path.parent.glob("site.toml?*")) == [], "nothing is left beside it"
