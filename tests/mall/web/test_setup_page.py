"""The markup and the texts of the setup page; what it does is tried in a browser."""

import json
import re
from pathlib import Path

from mall.web.popups_page import popups_page
from mall.web.setup_page import SCRIPTS, STEPS, setup_page
from mall.web.shell import ASSETS, LANGUAGES, texts
from tests.mall.web.small_site import write_site

OWN = {language: json.loads((ASSETS / "i18n" / f"setup.{language}.json").read_text("utf-8")) for language in LANGUAGES}
PLACES = re.compile(r"\{(\w+)\}")
# Keys that scripts put together: prefix -> the words they end with.
BUILT = (
    "setup.note.",
    "setup.why.",
    "setup.change.",
    "setup.part.",
    "setup.zone.",
    "setup.count.kind.",
    "setup.board.",
)


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert OWN["en"].keys() == OWN["ja"].keys()
    for key, text in OWN["en"].items():
        assert set(PLACES.findall(text)) == set(PLACES.findall(OWN["ja"][key])), key
        assert text.strip()
        assert OWN["ja"][key].strip()


def test_every_key_that_a_script_or_the_markup_names_has_a_text() -> None:
    sources = [(ASSETS / script).read_text("utf-8") for script in SCRIPTS]
    sources.append((Path(__file__).parents[3] / "mall/web/setup_page.py").read_text("utf-8"))
    named = {key for text in sources for key in re.findall(r"[\"'`]((?:setup|category|zoom)\.[A-Za-z_.]+)[\"'`]", text)}
    assert len(named) > 100
    assert {key for key in named if key not in texts("en")} == {"setup.js"}


def test_no_text_is_left_over() -> None:
    sources = "".join((ASSETS / script).read_text("utf-8") for script in SCRIPTS)
    sources += (Path(__file__).parents[3] / "mall/web/setup_page.py").read_text("utf-8")
    left = [key for key in OWN["en"] if key.startswith("setup.") and key.removesuffix(".one") not in sources]
    stems = [
        key for key in left if not key.startswith((*BUILT, "setup.mask.", "setup.plane.", "setup.pair.", "setup.step."))
    ]
    titles = ["setup.save.title", "setup.undo.title", "setup.conflict.title", "setup.close.title"]
    assert sorted(stems) == sorted(titles)  # of dialogs, by their names


def test_the_page_is_in_the_first_language_and_tells_nothing_of_the_cameras(tmp_path: Path) -> None:
    page = setup_page(write_site(tmp_path))
    assert '<html lang="ja"' in page
    for step in STEPS:
        assert f'id="step-{step}"' in page
    assert f">{OWN['ja']['setup.session.begin']}</span>" in page
    for secret in ("hall-cam", "Hall, west", "hall.mp4"):  # the interface tells them, to whom it let in
        assert secret not in page


def test_other_pages_do_not_carry_the_texts_of_setting_up(tmp_path: Path) -> None:
    assert "setup.step.points" not in popups_page(write_site(tmp_path))
