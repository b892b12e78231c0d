"""Changed site files, compared line by line and by another parser."""

import difflib
import tomllib

import pytest

from mall.config import PROJECT_DIR
from mall.errors import SiteError
from mall.setup.toml_edit import with_cameras, with_limits_table

EXAMPLE = (PROJECT_DIR / "docs" / "site.example.toml").read_text(encoding="utf-8")
SMALL = """# head
[site]
id = "s"
name = "S"   # shown

[[camera]]
id = "a"  # for ever
label = 'A'
source = "a.mp4"
level = "1f"
[camera.calibration]  # measured on a ladder
image_points = [[0, 0], [10, 0], [10, 10], [0, 10]]
plan_points = [[0, 1], [1, 1], [1, 0], [0, 0]]
own = 7  # somebody's

[[camera]]
id = "b"
source = "b.mp4"
level = "1f"

# the end
"""
PAIRS = {"image_points": [[1, 2], [3, 2.5], [3, 4], [1, 4]], "plan_points": [[0, 1], [1, 1], [1, 0], [0, 0]]}


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    rows = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [r[2:] for r in rows if r.startswith("- ")], [r[2:] for r in rows if r.startswith("+ ")]


def test_a_label_changes_its_line_only():
    gone, come = changed_lines(SMALL, with_cameras(SMALL, {"a": {"label": "West, 西"}}))
    assert (gone, come) == (["label = 'A'"], ['label = "West, 西"'])


def test_pairs_change_in_place_and_what_else_the_table_says_stays():
    after = with_cameras(SMALL, {"a": {"calibration": PAIRS}})
    gone, come = changed_lines(SMALL, after)
    assert gone == ["image_points = [[0, 0], [10, 0], [10, 10], [0, 10]]"]
    assert come == ["image_points = [[1, 2], [3, 2.5], [3, 4], [1, 4]]"]
    assert tomllib.loads(after)["camera"][0]["calibration"]["own"] == 7


def test_a_first_calibration_and_planes_come_into_their_own_camera():
    plane = {"region": [[0, 0], [9, 0], [9, 9]], **PAIRS}
    after = tomllib.loads(with_cameras(SMALL, {"b": {"label": "B", "plane": [plane, plane], "size": [640, 480]}}))
    assert after["camera"][1] == {
        "id": "b", "source": "b.mp4", "level": "1f", "label": "B", "size": [640, 480], "plane": [plane, plane],
    }  # fmt: skip
    assert after["camera"][0] == tomllib.loads(SMALL)["camera"][0]


@pytest.mark.parametrize(
    "values",
    [
        {"calibration": None},
        {"calibration": None, "plane": [{"region": [[0, 0], [9, 0], [9, 9]], **PAIRS}]},
        {"masks": [[[0, 0], [5, 0], [5, 5]], [[7.5, 0], [9, 0], [9, 5]]]},
        {"calibration": {"image_points": PAIRS["image_points"] * 3, "plan_points": PAIRS["plan_points"] * 3}},
    ],
)
def test_what_was_asked_for_is_read_back_and_the_rest_is_as_before(values):
    text = with_cameras(SMALL, {"a": values})
    before, after = tomllib.loads(SMALL), tomllib.loads(text)
    assert {k: v for k, v in after.items() if k != "camera"} == {k: v for k, v in before.items() if k != "camera"}
    assert after["camera"][1] == before["camera"][1]
    for key, value in values.items():
        if value is None:
            assert key not in after["camera"][0]
        elif isinstance(value, dict):
            assert after["camera"][0][key].items() >= value.items()
        else:
            assert after["camera"][0][key] == value
    assert all(line in text for line in ("# head", 'name = "S"   # shown', 'id = "a"  # for ever', "# the end"))


def test_back_to_what_it_was_is_equal_in_meaning_and_planes_go_one_by_one():
    planes = [{"region": [[i, 0], [9, 0], [9, 9]], **PAIRS} for i in range(3)]
    three = with_cameras(SMALL, {"b": {"plane": planes}})
    one = with_cameras(three, {"b": {"plane": planes[:1]}})
    assert tomllib.loads(one)["camera"][1]["plane"] == planes[:1]
    assert tomllib.loads(with_cameras(one, {"b": {"plane": None}})) == tomllib.loads(SMALL)


def test_nothing_asked_for_leaves_every_byte():
    same = tomllib.loads(EXAMPLE)["camera"][0]
    for changes in (
        {},
        {"plaza-west": {}},
        {"plaza-west": {"calibration": same["calibration"], "masks": same["masks"]}},
    ):
        assert with_cameras(EXAMPLE, changes) == EXAMPLE


@pytest.mark.parametrize("text", [SMALL.replace('"a"', '"x"'), '[site]\nid = "s"\n'])
def test_an_unknown_camera_is_named(text):
    with pytest.raises(SiteError, match="no camera 'a'"):
        with_cameras(text, {"a": {"label": "A"}})


def test_a_form_that_cannot_be_changed_is_refused_and_not_guessed():
    inline = 'camera = [{id = "a", source = "a.mp4", level = "1"}]\n'
    try:
        after = with_cameras(inline, {"a": {"plane": [{"region": [[0, 0], [1, 0], [1, 1]]}]}})
    except SiteError:
        return
    assert tomllib.loads(after)["camera"][0]["plane"] == [{"region": [[0, 0], [1, 0], [1, 1]]}]


@pytest.mark.parametrize(
    "text",
    [EXAMPLE, SMALL, "", "x = 1", "[limits]\n", "limits.b.warn = 1\n[site]\n", "[limits.b]\n[limits.c]\nact = 2\n"],
)
@pytest.mark.parametrize("key", ["a", "density-walkway.landing-2", 'ホール "x"'])
def test_limits_come_and_go_and_leave_the_file_as_it_was(text, key):
    expected = tomllib.loads(text)
    with_it = with_limits_table(text, key, {"warn": 1.5, "act": "2 p/m²", "clear": None})
    expected.setdefault("limits", {})[key] = {"warn": 1.5, "act": "2 p/m²"}
    assert tomllib.loads(with_it) == expected
    assert changed_lines(text, with_it)[0] == []
    without = with_limits_table(with_it, key, {"warn": None, "act": None})
    assert without.rstrip() == text.rstrip()
    assert len(without) <= len(text) + 1


def test_limits_of_one_table_change_their_lines_only_and_comments_after_it_stay_after_it():
    text = (
        "[limits.a]  # ours\nwarn = 1  # why\n# tail\n\n# cameras\n[[camera]]\nid = 'x'\n[limits.\"a.b\"]\nact = 2.0\n"
    )
    after = with_limits_table(text, "a", {"warn": 1.5, "act": 3})
    assert changed_lines(text, after) == (["warn = 1  # why"], ["warn = 1.5  # why", "act = 3"])
    assert after.index("act = 3") < after.index("# tail")
    assert with_limits_table(text, "a", {"warn": None}) == text.replace("warn = 1  # why\n", "")


@pytest.mark.parametrize(
    "text",
    [
        "limits = {a = {warn = 1}}\n",
        "limits.a.warn = 1\n",
        "[limits]\na = {warn = 1}\n",
        "a = '''\n[limits.a]\n'''\n",
        "[",
    ],
)
def test_limits_in_a_form_that_cannot_be_changed_are_refused(text):
    with pytest.raises(SiteError, match="by hand"):
        with_limits_table(text, "a", {"warn": 2})
