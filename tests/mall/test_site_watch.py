"""Changes on disk, with a clock of our own."""

import pytest
import structlog.testing

from mall.site_watch import LOOK_EVERY_S, SiteWatch
from tests.mall.setup.small_site import TOML, write_site


@pytest.fixture
def watched(tmp_path):
    site, now, taken = write_site(tmp_path), [0.0], []
    watch = SiteWatch(site, taken.append, clock=lambda: now[0])

    def look(times=4):
        with structlog.testing.capture_logs() as logs:
            for _ in range(times):
                now[0] += LOOK_EVERY_S
                watch.look()
        return [(row["event"], row.get("reason", "")) for row in logs]

    return tmp_path, taken, look


def test_a_valid_change_is_taken_up_once(watched):
    folder, taken, look = watched
    assert look() == []
    (folder / "site.toml").write_text(TOML.replace('label = "A"', 'label = "West"'))
    assert look() == []
    assert [site.camera("a").label for site in taken] == ["West"]


def test_a_change_that_is_wrong_is_said_once_and_a_later_right_one_is_taken(watched):
    folder, taken, look = watched
    (folder / "site.toml").write_text(TOML.replace('level = "1f"', 'level = "9f"', 1))
    said = look()
    assert len(said) == 1
    assert "unknown level '9f'" in said[0][1]
    (folder / "site.toml").write_text(TOML.replace('"boxes.jsonl"', '"none.jsonl"', 1))
    said = look()
    assert len(said) == 1
    assert "none.jsonl" in said[0][1]
    (folder / "floorplan.geojson").write_text("{")
    assert len(look()) == 1
    assert taken == []
    write_site(folder, TOML.replace("Small", "Large"))
    assert look() == []
    assert [site.file.site.name for site in taken] == ["Large"]


def test_a_touched_file_is_no_change_and_head_counts_are_one(watched):
    folder, taken, look = watched
    (folder / "site.toml").touch()
    assert (look(), taken) == ([], [])
    (folder / "calibration").mkdir()
    (folder / "calibration" / "a.json").write_text("{}")
    assert look() == []
    assert len(taken) == 1


def test_a_file_still_being_written_is_waited_for(watched):
    folder, taken, look = watched
    for n in range(5):
        (folder / "site.toml").write_text(TOML + "#" * n + "\n")
        look(1)
    assert taken == []
    look(2)
    assert len(taken) == 1


def test_another_site_in_the_same_folder_is_not_taken_up(watched):
    folder, taken, look = watched
    (folder / "site.toml").write_text(TOML.replace('id = "small"', 'id = "other"'))
    assert [event for event, _ in look()] == ["site changed, not taken up"]
    assert taken == []


def test_a_folder_that_is_gone_is_survived(watched):
    folder, taken, look = watched
    (folder / "site.toml").rename(folder / "away.toml")
    assert len(look()) == 1
    (folder / "away.toml").rename(folder / "site.toml")
    assert (look(), taken) == ([], [])


def test_what_is_written_while_a_change_is_tried_is_taken_up_too(watched, monkeypatch):
    folder, taken, look = watched
    later = iter([TOML.replace('label = "A"', 'label = "Third"')])

    def tried(site, camera):
        for text in later:
            (folder / "site.toml").write_text(text)

    monkeypatch.setattr("mall.site_watch.tried_sight", tried)
    (folder / "site.toml").write_text(TOML.replace('label = "A"', 'label = "Other"'))
    assert look(8) == []
    assert [site.camera("a").label for site in taken] == ["Third"]


def test_a_change_that_could_not_be_taken_up_is_said_and_the_next_one_is(tmp_path):
    site, now, taken = write_site(tmp_path), [0.0], []

    def take_up(changed):
        if not taken:
            taken.append(None)
            raise OSError(28, "No space left on device", "copy")
        taken.append(changed.camera("a").label)

    watch = SiteWatch(site, take_up, clock=lambda: now[0])
    with structlog.testing.capture_logs() as logs:
        for label in ("B", "C"):
            (tmp_path / "site.toml").write_text(TOML.replace('label = "A"', f'label = "{label}"'))
            for _ in range(4):
                now[0] += LOOK_EVERY_S
                watch.look()
    assert [row["reason"] for row in logs] == ["copy: No space left on device"]
    assert taken == [None, "C"]
