"""The frame of every private page: rail, header, phone bars, texts in both languages, versioned assets."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from mall.config import PROJECT_DIR, Site

ASSETS = PROJECT_DIR / "assets"
LANGUAGES = ("en", "ja")
SHARED_STYLES = ("tokens.css", "app.css", "drills_view.css")
SHARED_SCRIPTS = ("drills_view.js", "text.js", "frame.js", "freshness.js", "drills_bar.js")

# key, address, icon; a page is listed once it exists
PAGES = (
    ("live", "/", "live"),
    ("advisories", "/advisories", "advisory"),
    ("popups", "/popups", "kit"),
    ("history", "/history", "history"),
    ("drills", "/drills", "drill"),
    ("tenant", "/tenant", "shop"),
    ("setup", "/setup", "settings"),
)

PHONE_TABS = ("live", "advisories", "popups", "history")

# prefix of the texts that only one page says, and the script by which that page is known
OWN_TEXTS = (("setup.", "setup.js"), ("adv.", "advisories.js"), ("hist.", "history.js"), ("drill.", "drills.js"))

LOGO = (
    '<svg width="26" height="26" viewBox="0 0 26 26" fill="none" stroke="currentColor" stroke-width="2.2" '
    'stroke-linejoin="round" stroke-linecap="round" aria-hidden="true"><path d="M3 21V7l6.500 7L13 9l3.500 5L23 7v14"/>'
    '<path d="M8 21h10" opacity=".6"/></svg>'
)


@cache
def texts(language: str) -> dict[str, str]:
    """Return every text of a language; a page may bring a file of its own, ``i18n/<page>.<language>.json``."""
    merged: dict[str, str] = {}
    for path in [ASSETS / "i18n" / f"{language}.json", *sorted((ASSETS / "i18n").glob(f"*.{language}.json"))]:
        merged |= json.loads(path.read_text(encoding="utf-8"))
    return merged


@cache
def asset(path: str) -> str:
    """Return the address of an asset with a digest, so that a new version is fetched at once."""
    digest = hashlib.sha256((ASSETS / path).read_bytes()).hexdigest()[:10]
    return f"/assets/{path}?v={digest}"


@cache
def _sprite() -> str:
    return (ASSETS / "icons.svg").read_text(encoding="utf-8")


def icon(name: str, size: int = 20) -> str:
    """Return an icon of ``assets/icons.svg``, which every page carries once."""
    return f'<svg class="i" width="{size}" height="{size}" aria-hidden="true"><use href="#i-{name}"/></svg>'


def say(key: str, language: str, tag: str = "span") -> str:
    """Return an element whose text follows the chosen language."""
    return f'<{tag} data-t="{key}">{escape(texts(language).get(key, key))}</{tag}>'


def named(key: str, language: str) -> str:
    """Return the attributes of an element that has no words of its own, or more of them for who cannot see it."""
    return f'data-t-label="{key}" aria-label="{escape(texts(language)[key])}"'


def plain(text: str) -> str:
    """Return a name as markup: nothing in it is a tag, nor one of Dash's ``{%…%}`` places."""
    return escape(text).replace("{%", "&#123;%")


def embed_json(element_id: str, value: Any) -> str:
    """Return a data block for scripts; it cannot close itself early, and holds no place that Dash would fill."""
    packed = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    packed = packed.replace("<", "\\u003c").replace("{%", "\\u007b%")
    return f'<script type="application/json" id="{element_id}">{packed}</script>'


def _links(page: str, language: str, size: int, only: Sequence[str]) -> str:
    out = []
    for key, address, symbol in PAGES:
        if key not in only:
            continue
        current = ' class="on" aria-current="page"' if key == page else ""
        badge = '<b class="badge" data-advisory-count hidden></b>' if key == "advisories" else ""
        out.append(f'<a{current} href="{address}">{icon(symbol, size)}{say(f"nav.{key}", language)}{badge}</a>')
    return "".join(out)


def rail(page: str, language: str) -> str:
    """Return the navigation at the left edge of wide screens."""
    links = _links(page, language, 20, [key for key, _, _ in PAGES])
    return f'<nav class="rail" {named("nav.main", language)}><div class="logo">{LOGO}</div>{links}</nav>'


def tabs(page: str, language: str) -> str:
    """Return the navigation at the bottom of phones: four pages, and the others behind one more tab."""
    rest = [key for key, _, _ in PAGES if key not in PHONE_TABS]
    here = ' class="on"' if page in rest else ""
    more = (
        f"<details{here}><summary>{icon('menu', 22)}{say('nav.more', language)}</summary>"
        f'<div class="more-links">{_links(page, language, 20, rest)}</div></details>'
    )
    return f'<nav class="tabs" {named("nav.main", language)}>{_links(page, language, 22, PHONE_TABS)}{more}</nav>'


def header(site: Site, language: str, figures: str = "") -> str:
    """Return the bar at the top: mall and date, the page's figures, what the sources are, age, clock, switches."""
    switches = "".join(
        f'<button class="iconbtn" type="button" id="{element_id}" data-t-label="{key}" '
        f'aria-label="{escape(texts(language)[key])}">{inner}</button>'
        for element_id, key, inner in (
            ("switch-language", "switch.language", icon("lang")),
            (
                "switch-theme",
                "switch.theme",
                f'<span class="ti-s">{icon("sun")}</span><span class="ti-m">{icon("moon")}</span>',
            ),
        )
    )
    return (
        f'<header class="head"><div class="site"><h1>{plain(site.file.site.name)}</h1>'
        '<div class="sub" id="date"></div></div>'
        f'{figures}<div class="fill"></div><div class="right"><span id="source-tags" class="tags"></span>'
        f'<span class="fresh" id="fresh"><i class="dotk off"></i><span id="fresh-text">'
        '<span id="fresh-word">…</span> <span id="fresh-age"></span></span></span>'
        f'<time class="clock" id="clock">–:–</time>{switches}</div></header>'
        f'<div class="lost" id="lost" role="status" hidden></div>'
    )


def document_head(site: Site, language: str, title: str, styles: Sequence[str] = ()) -> str:
    """Return the head of a page: its title by key, styles, and the one script that must run before the first paint."""
    sheets = "".join(f'<link rel="stylesheet" href="{asset(path)}">' for path in (*SHARED_STYLES, *styles))
    return (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title data-title="{title}">{escape(texts(language)[title])} · {plain(site.file.site.name)}</title>'
        f'<link rel="icon" href="{asset("favicon.svg")}" type="image/svg+xml">{sheets}'
        f'<script src="{asset("boot.js")}"></script>'
    )


def name_dialog(language: str, *, ask: str = "name.ask", save: str = "name.save") -> str:
    """Return the question for the operator's name that ``MallFrame.askName`` opens; title and button by text key."""
    return (
        f'<dialog id="name-dialog"><form method="dialog"><h2>{say(ask, language)}</h2>'
        f"<p>{say('name.hint', language)}</p><label>{say('name.label', language)}"
        '<input id="name-input" maxlength="40" autocomplete="name" required></label>'
        f'<div class="acts"><button class="btn" type="button" id="name-cancel">{say("name.cancel", language)}</button>'
        f'<button class="btn pri" type="submit" value="ok">{say(save, language)}</button></div></form></dialog>'
    )


def document_foot(site: Site, scripts: Sequence[str], page: Mapping[str, Any]) -> str:
    """Return what stands before ``</body>``: icons, texts, the page's own facts, scripts in order."""
    own = {"name": site.file.site.name, "timezone": site.file.site.timezone} | dict(page)
    tags = "".join(f'<script src="{asset(path)}"></script>' for path in (*SHARED_SCRIPTS, *scripts))
    words = {language: _words(language, scripts) for language in LANGUAGES}
    return _sprite() + embed_json("mall-texts", words) + embed_json("mall-page", own) + tags


def _words(language: str, scripts: Sequence[str]) -> dict[str, str]:
    """Return the texts a page carries: some pages have many that no other page says."""
    others = tuple(prefix for prefix, script in OWN_TEXTS if script not in scripts)
    return {key: text for key, text in texts(language).items() if not key.startswith(others)}


def document(
    site: Site, *, page: str, body: str, scripts: Sequence[str] = (), facts: Mapping[str, Any] | None = None
) -> str:
    """Return a whole private page in the site's first language; ``body`` is the markup between header and tabs."""
    language = site.file.site.languages[0]
    styles = (f"{page}.css",) if has_asset(f"{page}.css") else ()
    return (
        f'<!doctype html><html lang="{language}" data-theme="dark"><head>'
        f"{document_head(site, language, f'nav.{page}', styles)}</head>"
        f'<body class="page-{page}"><a class="skip" href="#main">{say("skip", language)}</a><div class="op">'
        f"{rail(page, language)}{header(site, language)}{body}{tabs(page, language)}</div>"
        f"{document_foot(site, scripts, facts or {})}</body></html>"
    )


def page_router(path: str, page: str) -> APIRouter:
    """Return the route of a page that is made once."""
    router = APIRouter(include_in_schema=False)

    @router.get(path, response_class=HTMLResponse)
    def read_page() -> str:
        return page

    return router


def has_asset(path: str) -> bool:
    """Tell whether a page brought a file of its own."""
    return Path(ASSETS / path).is_file()
