"""Markup of what the live page has for ways, incidents, the fire alarm and the evacuation view."""

from html import escape

from mall.web.shell import icon, say, texts


def tools(language: str) -> str:
    """Return the two buttons beside the plan's layers."""
    return (
        f'<button type="button" class="tool" id="report">{icon("note", 16)}{say("incident.report", language)}</button>'
        '<button type="button" class="tool" id="evacuation-enter" aria-pressed="false">'
        f"{icon('exit', 16)}{say('evac.short', language)}</button>"
    )


def exit_strip() -> str:
    """Return the place of the exit times below the plan."""
    return (
        '<div class="exit-strip"><h2><span id="strip-exits-title">…</span><span id="strip-exits-note"></span></h2>'
        '<div class="exits" id="strip-exits"></div></div>'
    )


def alarm() -> str:
    """Return the bar of the fire alarm."""
    return '<div class="alarm" id="alarm" role="alert" hidden></div>'


def notices() -> str:
    """Return what lies over the page for a while: where to click, and what was done."""
    return (
        '<div class="toast place" id="placing" role="status" hidden></div>'
        '<div class="toast" id="ways-toast" role="status" hidden></div>'
    )


def evacuation(language: str) -> str:
    """Return the column of the evacuation view."""
    steps = "".join(
        f'<button type="button" data-stepfree="{flag}" aria-pressed="false">'
        f"{icon(symbol, 16)}{say(key, language)}</button>"
        for flag, symbol, key in (("0", "route", "evac.all"), ("1", "stepfree", "evac.stepFree"))
    )
    words = texts(language)
    named = f'data-t-label="evac.title" aria-label="{escape(words["evac.title"])}"'
    return (
        f'<aside class="side evacuation" id="evacuation" hidden {named}><div class="sec"><h2>'
        f'{say("evac.title", language)}</h2><div class="seg">{steps}</div>'
        f'<p class="sub">{say("evac.note", language)}</p></div>'
        '<div class="evac-body" id="evacuation-body"></div></aside>'
    )
