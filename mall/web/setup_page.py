"""The page ``/setup``: a camera's picture and the plan side by side, to place it, to draw zones and to count heads.

It is markup without any figure; ``setup*.js`` fills it from ``/api/v1/setup``, which needs a session.
"""

from html import escape

from fastapi import APIRouter

from mall.config import Site
from mall.web.shell import document, icon, page_router, say, texts

SCRIPTS = (
    "plan.js", "setup_api.js", "setup_draft.js", "setup_board.js", "setup_panel.js", "setup_shapes.js",
    "setup_pairs.js", "setup_areas.js", "setup_scene.js", "setup_zones.js", "setup_counts.js", "setup_still.js",
    "setup_session.js", "setup_save.js", "setup.js",
)  # fmt: skip
STEPS = ("points", "planes", "masks", "zones", "counts")
COMMAND = "python app.py run --site DIR --setup"


def setup_page_router(site: Site) -> APIRouter:
    """Return the route of the page, which is made once."""
    return page_router("/setup", setup_page(site))


def setup_page(site: Site) -> str:
    """Return the whole page."""
    language = site.file.site.languages[0]
    body = (
        f'<main class="setup" id="main">{_gate(language)}{_closed(language)}{_failed(language)}'
        f'<section class="desk" id="desk" hidden>{_bar(language)}<div class="boards">{_picture(language)}'
        f"{_plan(language)}</div></section></main>{_side(language)}{_dialogs(language)}"
        '<div class="sr" id="said" role="status" aria-live="polite"></div>'
    )
    return document(site, page="setup", body=body, scripts=SCRIPTS)


def _labelled(key: str, language: str) -> str:
    return f'data-t-label="{key}" aria-label="{escape(texts(language)[key])}"'


def _button(element_id: str, key: str, language: str, kind: str = "") -> str:
    return f'<button type="button" class="btn {kind}" id="{element_id}">{say(key, language)}</button>'


def _gate(language: str) -> str:
    """Return the door; the form moves into a dialog where a session ends over unsaved work."""
    return (
        '<section class="gate" id="gate" hidden><form id="session-form" autocomplete="off">'
        f'<h2 id="session-title">{escape(texts(language)["setup.session.title"])}</h2>'
        f'<p id="session-hint">{escape(texts(language)["setup.session.hint"])}</p>'
        f'<label class="fld">{say("setup.session.token", language)}'
        '<input id="session-token" required maxlength="200" spellcheck="false" autocapitalize="off"></label>'
        f'<label class="fld">{say("setup.session.who", language)}'
        f'<input id="session-who" required maxlength="60">{say("setup.session.whoHint", language, "small")}</label>'
        '<p class="refused" id="session-failed" role="alert" hidden></p>'
        f'<button class="btn pri" id="session-open">{say("setup.session.begin", language)}</button></form></section>'
    )


def _closed(language: str) -> str:
    return (
        f'<section class="gate" id="closed" hidden><h2>{say("setup.closed.title", language)}</h2>'
        f"{say('setup.closed.how', language, 'p')}<pre><code>{COMMAND}</code></pre>"
        f"{say('setup.closed.then', language, 'p')}</section>"
    )


def _failed(language: str) -> str:
    return (
        f'<section class="gate" id="failed" hidden><h2>{say("setup.failed.title", language)}</h2>'
        f'<p id="failed-words" role="alert"></p>{_button("failed-again", "setup.failed.again", language)}</section>'
    )


def _bar(language: str) -> str:
    """Return the camera and the steps."""
    steps = "".join(
        f'<button type="button" role="tab" id="step-{name}" data-step="{name}" aria-controls="panel">'
        f'{say(f"setup.step.{name}", language)}<b class="errs" hidden></b></button>'
        for name in STEPS
    )
    return (
        f'<div class="setup-bar"><label class="pickcam">{icon("camera", 18)}'
        f'<select id="camera" {_labelled("setup.camera", language)}></select></label>'
        f'<div class="seg" role="tablist" id="steps" {_labelled("setup.steps", language)}>{steps}</div>'
        f"{_button('session-close', 'setup.session.close', language, 'quiet')}</div>"
    )


def _picture(language: str) -> str:
    """Return the picture with its still; overlays never move what lies below."""
    word = texts(language)
    return (
        '<section class="sheet" aria-labelledby="picture-title"><div class="sheet-head">'
        f'<h2 id="picture-title">{say("setup.picture", language)}</h2><form id="still-form">'
        f'<input id="still-why" list="whys" required maxlength="200" data-t-place="setup.still.why" '
        f'placeholder="{escape(word["setup.still.why"])}" {_labelled("setup.still.whyLabel", language)}>'
        '<datalist id="whys"></datalist>'
        f'<button class="btn" id="still-take">{say("setup.still.take", language)}</button>'
        f'</form><div id="still-bar" hidden><span id="still-left"></span>'
        f"{_button('still-again', 'setup.still.again', language)}"
        f"{_button('still-wipe', 'setup.still.wipe', language, 'quiet')}</div></div>"
        '<div class="sheet-body"><div class="board" id="picture"></div>'
        f'<p class="board-empty" id="picture-empty" hidden>{say("setup.picture.empty", language)}</p></div>'
        '<div class="sheet-note" id="picture-note"></div></section>'
    )


def _plan(language: str) -> str:
    return (
        '<section class="sheet" aria-labelledby="plan-title"><div class="sheet-head">'
        f'<h2 id="plan-title">{say("setup.plan", language)}</h2><div class="seg" id="plan-levels" role="group" '
        f'{_labelled("tools.level", language)}></div><span class="trying" id="trying" hidden>'
        f"{say('setup.trying', language)}</span></div>"
        '<div class="sheet-body"><div class="board" id="plan"></div></div>'
        '<div class="sheet-note" id="plan-note"></div></section>'
    )


def _side(language: str) -> str:
    """Return the panel of the step, and below it what happens to the draft."""
    steps = "".join(
        f'<button type="button" class="iconbtn" id="{name}" {_labelled(key, language)}>{icon(symbol, 18)}</button>'
        for name, key, symbol in (("undo-edit", "setup.undoEdit", "undo"), ("redo-edit", "setup.redoEdit", "redo"))
    )
    return (
        '<aside class="side setup-side" id="setup-side" hidden><div class="panel" id="panel" role="tabpanel"></div>'
        f'<div class="savebar"><p id="save-told" hidden></p><div class="row">{steps}<span id="save-count"></span>'
        f'<button type="button" class="btn pri" id="save">{say("setup.save.save", language)}</button></div>'
        f"{_button('undo-save', 'setup.undo.last', language, 'quiet')}</div></aside>"
    )


def _dialog(name: str, language: str, inner: str, buttons: str) -> str:
    return (
        f'<dialog id="{name}-dialog" aria-labelledby="{name}-title"><h2 id="{name}-title">'
        f'{say(f"setup.{name}.title", language)}</h2>{inner}<div class="acts">'
        f"{_button(f'{name}-no', 'setup.cancel', language, 'quiet')}{buttons}</div></dialog>"
    )


def _dialogs(language: str) -> str:
    """Return the questions: what is saved, what is taken back, what somebody else saved; and where a door reopens."""
    keep = _button("conflict-drop", "setup.conflict.drop", language)
    keep += _button("conflict-keep", "setup.conflict.keep", language, "pri")
    return (
        _dialog(
            "save", language, '<ul class="changes" id="save-list"></ul><p class="note" id="save-note" hidden></p>',
            _button("save-yes", "setup.save.yes", language, "pri"),
        )
        + _dialog(
            "undo", language, '<p id="undo-words"></p>', _button("undo-yes", "setup.undo.yes", language, "pri")
        )
        + _dialog(
            "conflict", language, f'<p id="conflict-words"></p>{say("setup.conflict.then", language, "p")}', keep
        )
        + _dialog(
            "close", language, say("setup.close.words", language, "p"),
            _button("close-yes", "setup.session.close", language, "pri"),
        )
        + '<dialog id="session-dialog" aria-labelledby="session-title"></dialog>'
    )  # fmt: skip
