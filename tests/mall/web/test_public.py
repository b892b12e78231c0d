"""Every address of the two listeners, against tables that somebody has read."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from mall.config import load_site
from mall.errors import StoreError
from mall.store import MemoryStore
from mall.web.application import create_app
from mall.web.public import create_public_app
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import SITE, write_site

# path -> methods; nothing else may be reached from outside
PUBLIC = {
    "/embed/": "GET",
    "/embed/plan.json": "GET",
    "/embed/state.json": "GET",
    "/embed/widget.js": "GET",
    "/api/v1/ingest/{device}": "POST",
    "/healthz": "GET",
}
ONE = "/api/v1/advisories/{advisory:advisory}"
STEPS = ("acknowledge", "assign", "start", "note", "silence", "unsilence", "resolve")
# path -> methods, for whoever sits at this machine; Dash's own addresses begin with an underscore
PRIVATE = {
    "/": "GET",
    "/popups": "GET",
    "/advisories": "GET",
    "/history": "GET",
    "/setup": "GET",
    "/tenant": "GET",
    "/wall": "GET",
    "/assets": "*",
    "/{path:path}": "GET",
    "/live/stream": "GET",
    "/live/heat/{level}": "GET",
    "/live/minutes": "GET",
    "/api/v1/openapi.json": "GET",
    "/api/v1/site": "GET",
    "/api/v1/zones": "GET",
    "/api/v1/zones/{zone}/history": "GET",
    "/api/v1/history": "GET",
    "/api/v1/zones/{zone}/forecast": "GET",
    "/api/v1/cameras": "GET",
    "/api/v1/live": "GET",
    "/api/v1/flow": "GET",
    "/api/v1/advisories/{advisory:path}/options": "GET",
    "/api/v1/advisories/{advisory:path}/choose": "POST",
    "/api/v1/rules": "GET",
    "/api/v1/rules/dry-run": "POST",
    "/api/v1/rules/{rule}": "PUT",
    "/api/v1/plan-state": "GET",
    "/api/v1/plan-state/{item}": "PUT",
    "/api/v1/incidents": "POST",
    "/api/v1/incidents/{incident}/clear": "POST",
    "/api/v1/egress": "GET",
    "/api/v1/evacuation": "GET",
    "/api/v1/advisories": "GET",
    **dict.fromkeys(
        (ONE, f"{ONE}/cap", f"{ONE}/history", "/api/v1/handover", "/api/v1/audit", "/api/v1/notify"), "GET"
    ),
    **{f"{ONE}/{step}": "POST" for step in STEPS},
    "/drills": "GET",
    "/api/v1/drills": "DELETE,GET,POST",
    "/api/v1/drills/open": "GET",
    "/api/v1/popups": "GET",
    "/api/v1/tenant/{unit}": "GET",
    "/api/v1/ingest/{device}": "POST",
    "/healthz": "GET",
    "/metrics": "GET",
}
DASH = {
    "/_dash-component-suites/{package_name}/{fingerprinted_path:path}",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_dash-update-component",
    "/_dash-ws-callback",
    "/_reload-hash",
    "/_favicon.ico",
}


def routes_of(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, method) of every route, through included routers and mounted apps."""
    for route in routes:
        included = getattr(route, "original_router", None)
        inner = included.routes if included is not None else getattr(route, "routes", None) or []
        path = prefix + getattr(route, "path", "")
        if inner:
            yield from routes_of(inner, path)
        elif getattr(route, "methods", None):
            yield from ((path, method) for method in route.methods - {"HEAD"})
        else:
            yield path, "*"


def table(app: FastAPI) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for path, method in routes_of(app.routes):
        found.setdefault(path, set()).add(method)
    return {path: ",".join(sorted(methods)) for path, methods in found.items()}


def test_the_public_listener_has_nothing_but_its_table(tmp_path: Path) -> None:
    assert table(create_public_app(write_site(tmp_path), MemoryStore(), {})) == PUBLIC


def test_the_private_listener_has_nothing_but_its_table(tmp_path: Path) -> None:
    found = table(create_app(write_site(tmp_path), MemoryStore(), {}, state=tmp_path / "state"))
    assert {path for path in found if path.startswith("/_")} <= DASH
    assert {path: methods for path, methods in found.items() if not path.startswith("/_")} == PRIVATE


def test_the_exercise_has_the_interface_of_the_mall_but_no_pages_and_no_kits(tmp_path: Path) -> None:
    found = table(create_app(write_site(tmp_path), MemoryStore(), {}, exercise=MemoryStore()))
    played = {path.removeprefix("/drill"): how for path, how in found.items() if path.startswith("/drill/")}
    assert {path: PRIVATE[path] for path in played} == played
    assert all(path.startswith(("/api/v1/", "/live/", "/healthz", "/metrics")) for path in played)
    assert not [path for path in played if "ingest" in path or "drills" in path]


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1/live", "/api/v1/flow", "/api/v1/zones/hall/forecast",
     "/api/v1/site", "/api/v1/openapi.json", "/docs", "/metrics", "/live/stream",
     "/tenant", "/popups", "/assets/app.css", "/_dash-layout", "/embed/../metrics", "/embed/%2e%2e/metrics",
     "/embed/page.html"],
)  # fmt: skip
def test_nothing_else_is_reached_from_outside(tmp_path: Path, path: str) -> None:
    client = AppClient(create_public_app(write_site(tmp_path), MemoryStore(), {}))
    answer = client.get(path)
    assert answer.status_code == 404
    assert client.post(path).status_code in {404, 405}


@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/embed", "/api/v1/ingest/kit-07"])
def test_what_is_not_the_widget_may_be_framed_sniffed_or_kept_by_nobody(tmp_path: Path, path: str) -> None:
    client = AppClient(create_public_app(write_site(tmp_path), MemoryStore(), {}))
    headers = client.get(path).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert "frame-ancestors *" in client.get("/embed/").headers["content-security-policy"]


def test_the_bare_health_answer_tells_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    client = AppClient(create_public_app(write_site(tmp_path), store, {}))
    assert client.get("/healthz").json() == {"status": "ok"}

    def refuse() -> None:
        raise StoreError("redis://user:password@host")

    monkeypatch.setattr(store, "ping", refuse)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


def test_named_hosts_are_the_only_ones_answered(tmp_path: Path) -> None:
    write_site(tmp_path)
    text = SITE + '[public]\nbind = "127.0.0.1:9"\nhosts = ["mall.example"]\n'
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    app = create_public_app(load_site(tmp_path), MemoryStore(), {})
    assert AppClient(app, host="mall.example").get("/embed/state.json").status_code == 200
    assert AppClient(app, host="evil.example").get("/embed/state.json").status_code == 400


def test_a_silent_store_is_no_server_error_at_the_public_door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    client = AppClient(create_public_app(write_site(tmp_path), store, {}))

    def refuse(*_: object) -> None:
        raise StoreError("gone")

    for name in ("time", "read_public", "count_refusal"):
        monkeypatch.setattr(store, name, refuse)
    assert client.get("/embed/state.json").json()["zones"] == {}
    refused = client.post("/api/v1/ingest/kit-07", content=json.dumps({}).encode())
    assert (refused.status_code, list(refused.json())) == (503, ["detail"])
