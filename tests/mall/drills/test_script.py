"""Drill files: those that come with the product, and those that are wrong."""

import re
from pathlib import Path

import pytest

from mall.advisories.rules import RULES
from mall.advisories.rules_reported import REPORTED_RULES
from mall.drills.script import LIBRARY, library, read_script
from mall.errors import SiteError
from mall.web.shell import texts
from tests.mall.drills.hall import SCRIPT, with_script

GOOD = SCRIPT.format(lasts=20)


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.toml")), ids=lambda path: path.stem)
def test_the_library_names_rules_that_there_are_and_have_words(path: Path) -> None:
    script = read_script(path)
    assert script.id == path.stem
    known = {rule.id for rule in (*RULES, *REPORTED_RULES)}
    for expected in script.expect:
        assert set(expected.rules) <= known
        assert {f"drill.rule.{rule}" for rule in expected.rules} <= texts("en").keys() & texts("ja").keys()
    assert all(spot.zone is None for spot in script.places.values()), "a script of the library fits any plan"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fills = 2.4", "", "people or fills"),
        ("fills = 2.4", "fills = 2.4\npeople = 3", "people or fills"),
        ("fills = 2.4", "people = 0", "group.0.people"),
        ("fills = 2.4", "fills = nan", "group.0.fills"),
        ("fills = 2.4", "people = 100000", "group.0.people"),
        ('to = "hall"', 'to = "cellar"', "no place 'cellar'"),
        ('zone = "hall"', 'zone = "hall"\nrole = "exit"', "a zone or a role"),
        ('zone = "hall"', 'role = "beyond"', "needs near"),
        ('zone = "hall"', 'role = "roof"', "places.hall.role"),
        ("by_s = 20", "by_s = 30", "after lasts_s"),
        ("lasts_s = 20", "lasts_s = -1", "lasts_s"),
        ("lasts_s = 20", "lasts_s = 1e9", "lasts_s"),
        ('id = "full-hall"', 'id = "../etc"', "id"),
        ('ja = "満員。"', "", "teaches.ja"),
        ("within = true", "wihtin = true", "wihtin"),
        ("[[expect]]", "[[expected]]", "expect"),
        ("[[expect]]", "[[expect", "full-hall.toml"),
    ],
)
def test_a_wrong_drill_is_named_with_its_file_and_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    path = tmp_path / "full-hall.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(SiteError, match=re.escape(said)) as error:
        read_script(path)
    assert str(path) in str(error.value)


def test_a_sites_own_drill_stands_beside_the_library_and_goes_before_its_namesake(tmp_path: Path) -> None:
    with_script(tmp_path, lasts=20)
    own = GOOD.replace('id = "full-hall"', 'id = "blocked-exit"')
    (tmp_path / "drills" / "other.toml").write_text(own, encoding="utf-8")
    found = library(tmp_path)
    assert "full-hall" in found
    assert found["blocked-exit"].title.en == "Full hall"
    assert len(found) == len(library()) + 1


def test_two_drills_of_one_name_in_a_folder_are_refused(tmp_path: Path) -> None:
    with_script(tmp_path, lasts=20)
    (tmp_path / "drills" / "again.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(SiteError, match="that of another drill"):
        library(tmp_path)
