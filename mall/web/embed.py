"""The public widget: one page, one script and two small JSON files; words only, the same bytes for everyone."""

import html
import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mall.config import PROJECT_DIR, Site
from mall.errors import StoreError
from mall.freshness import age_s
from mall.models import pack
from mall.public_levels import GONE_S, NO_DATA, STALE_S, WORDS, published
from mall.store import Store
from mall.web.cached import CachedBytes
from mall.web.describe import describe_public

ASSETS = PROJECT_DIR / "assets" / "embed"
ALLOWED = frozenset({*WORDS, NO_DATA, "closed"})
CLOCK = re.compile(r"[0-2]\d:[0-5]\d", re.ASCII)
REREAD_S = 1.0
EMPTY: dict[str, Any] = {"version": 0, "at": None, "zones": {}}

OPEN = {
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Expose-Headers": "Date",
}
STATE_HEADERS = OPEN | {"Cache-Control": "public, max-age=5"}
FIXED_HEADERS = OPEN | {"Cache-Control": "public, max-age=300"}


def page_headers(framed_by: Sequence[str]) -> dict[str, str]:
    """Return the page's headers; ``framed_by``: the origins that may frame it, every one where none is named."""
    return {
        "Cache-Control": "public, max-age=5",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
        f"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {' '.join(framed_by) or '*'}",
    }


class PublicState:
    """The published levels, read at most once a second; after 180 s without news everything is "no data"."""

    def __init__(self, site: Site, store: Store) -> None:
        self._store = store
        self._read_at = float("-inf")
        self._raw: bytes | None = None
        self._made_from: object = None
        self.state: dict[str, Any] = EMPTY
        self.age_s: float | None = None
        self.bytes = CachedBytes(pack(self.state), "application/json")
        shown = frozenset(zone.id for zone in published(site.plan, site.file.limits))
        self.plan = CachedBytes(pack(describe_public(site, shown)), "application/json")

    async def fresh(self) -> "PublicState":
        """Bring the bytes up to date and return self."""
        if time.monotonic() - self._read_at >= REREAD_S:
            self._read_at = time.monotonic()
            await run_in_threadpool(self.reread)
        return self

    def reread(self) -> None:
        """Read the engine's bytes; keep the last ones while the store is away, until they are too old."""
        try:
            raw, now = self._store.read_public(), self._store.time()
        except StoreError:
            raw, now = self._raw, time.time()
        raw = self._raw = raw or self._raw  # after its end the list of places stays, all without data
        state = _parse(raw)
        self.age_s = None if state["at"] is None else age_s(now, _seconds(state["at"]), 0.0)
        gone = self.age_s is None or self.age_s > GONE_S
        if (raw, gone) != self._made_from:
            self._made_from = (raw, gone)
            self._make(state, gone=gone)

    def _make(self, state: dict[str, Any], *, gone: bool) -> None:
        if gone:
            state = {key: value for key, value in state.items() if key != "best"}
            state["zones"] = dict.fromkeys(state["zones"], NO_DATA)
        self.state = state
        self.bytes = CachedBytes(pack(state), "application/json")


def _parse(raw: bytes | None) -> dict[str, Any]:
    """Return exactly version, at, words and the calmest hours; whatever else stands in the bytes does not get out."""
    if raw is None:
        return EMPTY
    row = json.loads(raw)
    zones = {str(zone): word if word in ALLOWED else NO_DATA for zone, word in row["zones"].items()}
    return {"version": int(row["version"]), "at": row["at"], "zones": zones} | _best(row.get("best"))


def _best(told: Any) -> dict[str, Any]:
    """Return the calmest hours as two times of day and whether they are of a sample; nothing where it is not that."""
    if not isinstance(told, dict) or not all(CLOCK.fullmatch(str(told.get(key))) for key in ("from", "to")):
        return {}
    return {"best": {"from": told["from"], "to": told["to"], "sample": told.get("sample") is not False}}


def _seconds(at: float | str) -> float:
    return datetime.fromisoformat(at).timestamp() if isinstance(at, str) else float(at)


TEXT = {
    "en": {
        "title": "How busy is it now?",
        "quiet": "Quiet", "moderate": "Moderate", "busy": "Busy", "very_busy": "Very busy",
        "no_data": "No data", "closed": "Closed",
        "updated": "updated at {time}", "never": "No data now", "sim": "SIMULATED", "rec": "RECORDED",
        "privacy": "People are counted, not recognised. No picture is kept.",
        "best": "Calmest today: {from}–{to}", "sample": " (sample)",
    },
    "ja": {
        "title": "ただいまの混雑",
        "quiet": "空いている", "moderate": "やや混雑", "busy": "混雑", "very_busy": "大変混雑",
        "no_data": "データなし", "closed": "閉鎖中",
        "updated": "{time} 更新", "never": "現在データがありません", "sim": "模擬データ", "rec": "録画データ",
        "privacy": "人数だけを数え、個人は識別しません。映像は保存しません。",
        "best": "本日空いている時間：{from}〜{to}", "sample": "（見本）",
    },
}  # fmt: skip


class EmbedPage:
    """Writes the page: a list that reads without a script, which the script then replaces by the map."""

    def __init__(self, site: Site, state: PublicState) -> None:
        self._site, self._state = site, state
        self._made: dict[str, tuple[tuple[str, bool], CachedBytes]] = {}
        self._frame = (ASSETS / "page.html").read_text(encoding="utf-8")

    def write(self, lang: str) -> CachedBytes:
        """Return the page in one language; it is made once for every state."""
        is_stale = self._state.age_s is not None and self._state.age_s > STALE_S
        made_from = (self._state.bytes.etag, is_stale)
        kept = self._made.get(lang)
        if kept is None or kept[0] != made_from:
            kept = self._made[lang] = (made_from, self._make(lang))
        return kept[1]

    def _make(self, lang: str) -> CachedBytes:
        text, state = TEXT[lang], self._state.state
        rows = "".join(self._row(zone, word, lang) for zone, word in state["zones"].items())
        fields = {
            "lang": lang,
            "title": html.escape(f"{text['title']} – {self._site.file.site.name}"),
            "heading": text["title"],
            "updated": self._updated(text),
            "tag": self._tag(text),
            "best": self._best(text),
            "rows": rows or f"<li>{text['never']}</li>",
            "privacy": text["privacy"],
        }
        page = self._frame
        for name, value in fields.items():
            page = page.replace("{{" + name + "}}", value)
        return CachedBytes(page.encode(), "text/html")

    def _row(self, zone_id: str, word: str, lang: str) -> str:
        zone = next((zone for zone in self._site.plan.zones if zone.id == zone_id), None)
        name = zone.labels.get(lang, zone.label) if zone else zone_id
        level = next((lv.label for lv in self._site.plan.levels if zone and lv.id == zone.level), "")
        return f"<li><span>{html.escape(name)} <small>{html.escape(level)}</small></span><b>{TEXT[lang][word]}</b></li>"

    def _best(self, text: dict[str, str]) -> str:
        best = self._state.state.get("best")
        if best is None:
            return ""
        return f"<p>{text['best'].format(**best)}{text['sample'] if best['sample'] else ''}</p>"

    def _updated(self, text: dict[str, str]) -> str:
        at, age_s = self._state.state["at"], self._state.age_s
        if at is None or age_s is None:
            return text["never"]
        clock = datetime.fromtimestamp(_seconds(at), tz=UTC).astimezone(self._site.timezone)
        words = html.escape(text["updated"].format(time=clock.strftime("%H:%M")))
        return f"<b>{words}</b>" if age_s > STALE_S else words

    def _tag(self, text: dict[str, str]) -> str:
        kinds = {camera.kind for camera in self._site.cameras}
        said = [word for kind, word in (("simulated", "sim"), ("recorded", "rec")) if kind in kinds]
        return " ".join(f'<span class="tag">{text[word]}</span>' for word in said)


def embed_app(site: Site, store: Store) -> Starlette:
    """Return the app to mount at ``/embed``: it may be framed by others, sets no cookie and asks for none."""
    state = PublicState(site, store)
    page = EmbedPage(site, state)
    script = CachedBytes((ASSETS / "widget.js").read_bytes(), "text/javascript")
    languages = site.file.site.languages
    headers = page_headers(site.file.public.framed_by)

    async def read_page(request: Request) -> Response:
        await state.fresh()
        asked = request.query_params.get("lang", languages[0])
        return page.write(asked if asked in TEXT else languages[0]).answer(request.headers, headers)

    async def read_state(request: Request) -> Response:
        return (await state.fresh()).bytes.answer(request.headers, STATE_HEADERS)

    async def read_plan(request: Request) -> Response:
        return (await state.fresh()).plan.answer(request.headers, FIXED_HEADERS)

    async def read_script(request: Request) -> Response:
        return script.answer(request.headers, FIXED_HEADERS)

    pages = {"/": read_page, "/state.json": read_state, "/plan.json": read_plan, "/widget.js": read_script}
    return Starlette(routes=[Route(path, endpoint, methods=["GET"]) for path, endpoint in pages.items()])
