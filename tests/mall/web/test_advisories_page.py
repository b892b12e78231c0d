"""The markup and the texts of the advisories and history pages; what they do is tried in a browser."""

import json
import re
from pathlib import Path

import pytest

from mall.web import advisories_page, history_page
from mall.web.popups_page import popups_page
from mall.web.shell import ASSETS, LANGUAGES, PAGES, PHONE_TABS, tabs, texts
from tests.mall.web.small_site import write_site

# Keys that scripts put together from what the interface says: prefix -> why no script names them whole.
BUILT = {
    "adv": (
        "adv.tab.", "adv.effect.", "adv.step.", "adv.act.", "adv.send.", "adv.hint.", "adv.did.", "adv.mode.",
        "adv.rule.", "adv.measure.", "adv.rules.condition.", "adv.rules.on_delay", "adv.rules.off_delay",
        "adv.rules.hysteresis", "adv.dry.", "adv.key.", "adv.cmp.basis.",
    ),
    "hist": (
        "hist.back", "hist.ahead", "hist.step.", "hist.range.", "hist.figure.", "hist.tag.", "hist.col.",
        "hist.origin.",
    ),
}  # fmt: skip
FILES = {"adv": ("advisories", advisories_page.SCRIPTS), "hist": ("history", history_page.SCRIPTS)}


@pytest.mark.parametrize("prefix", FILES)
def test_no_text_is_left_over(prefix: str) -> None:
    name, scripts = FILES[prefix]
    sources = "".join((ASSETS / script).read_text("utf-8") for script in scripts)
    folder = Path(advisories_page.__file__).parent
    sources += "".join(path.read_text("utf-8") for path in folder.glob(f"{name}*.py"))
    own = json.loads((ASSETS / "i18n" / f"{name}.en.json").read_text("utf-8"))
    assert all(key.startswith(f"{prefix}.") for key in own)
    left = [key for key in own if key.removesuffix(".one") not in sources and not key.startswith(BUILT[prefix])]
    assert left == []


@pytest.mark.parametrize("prefix", FILES)
def test_every_key_that_a_script_names_has_a_text(prefix: str) -> None:
    sources = "".join((ASSETS / script).read_text("utf-8") for script in FILES[prefix][1])
    named = set(re.findall(rf'"({prefix}\.[\w.]+\w)"', sources))
    assert len(named) > 20
    for language in LANGUAGES:
        known = texts(language)
        missing = {key for key in named if key not in known and not any(each.startswith(f"{key}.") for each in known)}
        assert missing == set()


def test_pages_carry_only_their_own_many_texts(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    assert "adv.cmp.none" not in popups_page(site)
    assert "hist.head.best" not in advisories_page.advisories_page(site)
    assert "adv.cmp.none" in advisories_page.advisories_page(site)
    assert "hist.head.best" in history_page.history_page(site)


def test_the_history_lists_no_zone_that_nobody_watches_on_purpose(tmp_path: Path) -> None:
    page = history_page.history_page(write_site(tmp_path))
    facts = json.loads(page.split('id="mall-page">')[1].split("</script>")[0])
    assert [zone["id"] for zone in facts["zones"]] == ["hall", "plaza", "corner", "books", "upper"]


def test_a_phone_has_four_tabs_and_the_rest_behind_one() -> None:
    bar, more = tabs("setup", "en").split("<details")
    assert bar.count("<a ") == len(PHONE_TABS) == 4
    assert more.count("<a ") == len(PAGES) - 4
    assert 'class="on"' in more
