"""The markup of the advisories page: inbox, situation, plan, reasons, comparison, rules, dialogs."""

from mall.web.live_markup import SOUND
from mall.web.shell import icon, name_dialog, named, say

TABS = ("open", "today", "rules")
ZOOMS = (("in", "plus"), ("out", "minus"), ("fit", "fit"))
KEYS = (
    ("↑ ↓", "inbox"), ("A B C", "column"), ("Enter", "choose"), ("K", "acknowledge"), ("Esc", "close"), ("?", "help"),
)  # fmt: skip


def inbox(language: str) -> str:
    """Return the list at the left: three tabs, items, and what today came to."""
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-{key}" data-tab="{key}" aria-controls="inbox-list" '
        f'aria-selected="false">{say(f"adv.tab.{key}", language)} <b id="count-{key}"></b></button>'
        for key in TABS
    )
    return (
        f'<section class="inbox" id="inbox" {named("adv.inbox", language)}><div class="tabsx" role="tablist">{tabs}'
        f'</div><div class="items" id="inbox-list" role="tabpanel"></div>{SOUND}'
        '<p class="foot3" id="inbox-foot"></p></section>'
    )


def detail(language: str) -> str:
    """Return one advisory: what it is, where, why, and what can be done."""
    zoom = "".join(
        f'<button type="button" data-zoom="{key}" {named(f"zoom.{key}", language)}>{icon(symbol, 18)}</button>'
        for key, symbol in ZOOMS
    )
    return (
        '<div class="sit" id="situation"></div><div id="action-box" hidden></div><div class="up" id="upper">'
        f'<div class="pl map"><div class="tools"><div class="seg" id="levels" role="group" '
        f'{named("tools.level", language)}></div></div><div class="plan-host" id="plan"></div>'
        f'<div class="zoom"><div class="zb">{zoom}</div></div></div>'
        f'<section class="ev" id="why" {named("adv.why", language)}></section></div>'
        f'<section class="cmp-box" id="compare" {named("adv.compare", language)}></section>'
    )


def body(language: str) -> str:
    """Return everything between header and tabs."""
    return (
        f'{inbox(language)}<main class="dt" id="main"><div class="one" id="one">{detail(language)}</div>'
        '<div class="none" id="none"></div><div class="rules" id="rules" hidden></div></main>'
        '<div class="pfoot" id="phone-foot" hidden></div>'
    )


def dialogs(language: str) -> str:
    """Return the questions for a name and before a choice, the list of keys, and what is read aloud."""
    keys = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{say(f'adv.key.{name}', language)}</dd>" for key, name in KEYS)
    return (
        f"{name_dialog(language, ask='adv.name.ask', save='adv.name.save')}"
        '<dialog id="choose-dialog"></dialog><dialog id="save-dialog"></dialog>'
        f'<dialog id="help-dialog"><h2>{say("help.title", language)}</h2><dl class="kv">{keys}</dl></dialog>'
        '<div class="sr" aria-live="assertive" id="announce"></div>'
    )
