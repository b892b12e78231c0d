"""Saving and taking back, judged by the bytes on disk."""

import copy
import json
import threading

import pytest

from mall.errors import StoreError
from mall.setup.drafts import PairsDraft
from mall.setup.files import read_quietly, version_of
from mall.setup.saving import CameraChange, Saver
from mall.setup.versions import KEPT
from mall.setup.words import SetupError
from tests.mall.setup.small_site import PLAN, TOML, files, write_site, zone

SQUARE = PairsDraft([(0, 0), (1000, 0), (1000, 1000), (0, 1000)], [(0, 10), (10, 10), (10, 0), (0, 0)])


@pytest.fixture
def site(tmp_path):
    return write_site(tmp_path / "site")


@pytest.fixture
def saver(site, tmp_path):
    return Saver(site.folder, tmp_path / "state" / "setup")


def label(text, camera="a"):
    return [CameraChange(camera, {"label": text})]


def refused(call, *args, **more):
    with pytest.raises(SetupError) as caught:
        call(*args, **more)
    return caught.value


def now(site):
    return version_of(read_quietly(site.folder))


def test_a_renamed_camera_keeps_its_calibration_and_every_other_byte(site, saver):
    before = read_quietly(site.folder).camera("a")
    saver.save(now(site), label("North & ‘west’ 西"), None, who="Aiko")
    after = read_quietly(site.folder).camera("a")
    assert after.label == "North & ‘west’ 西"
    assert after.calibration == before.calibration
    assert (site.folder / "site.toml").read_text() == TOML.replace('label = "A"', 'label = "North & ‘west’ 西"')


def test_cameras_and_plan_are_saved_together_and_taken_back_byte_for_byte(site, saver):
    first = files(site.folder)
    plan = copy.deepcopy(PLAN)
    plan["features"].append(zone("new", (0, 5, 5, 10), own="kept"))
    changes = [CameraChange("b", {"calibration": SQUARE, "masks": [[(0, 0), (50, 0), (0, 50)]]})]
    saver.save(now(site), changes, plan, who="Aiko")
    loaded = read_quietly(site.folder)
    assert list(loaded.camera("b").calibration.image_points) == SQUARE.image_points
    assert loaded.plan.zone("new").polygon.area == 25
    assert json.loads((site.folder / "floorplan.geojson").read_text()) == plan
    undo = saver.next_undo()
    assert (undo["available"], undo["what"], undo["who"]) == (1, "b: calibration, masks; plan", "Aiko")
    saver.undo(now(site), who="Aiko")
    assert files(site.folder) == first
    assert saver.next_undo() is None
    assert refused(saver.undo, now(site), who="Aiko").code == "none"


def test_a_save_over_another_version_writes_nothing(site, saver):
    old = now(site)
    (site.folder / "site.toml").write_text(TOML + "\n# by hand\n")
    before = files(site.folder)
    assert refused(saver.save, old, label("B"), None, who="Aiko").code == "changed"
    assert refused(saver.undo, old, who="Aiko").code == "changed"
    assert files(site.folder) == before


def test_of_two_who_save_at_once_one_is_told(site, saver):
    version, outcomes = now(site), []

    def save(text):
        try:
            saver.save(version, label(text), None, who=text)
            outcomes.append("saved")
        except SetupError as exc:
            outcomes.append(exc.code)

    threads = [threading.Thread(target=save, args=(f"{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", "changed", "changed", "saved"]


FLAT = PairsDraft([(0, 0), (10, 0), (20, 0), (30, 0)], [(0, 0), (1, 0), (2, 0), (3, 0)])
MIRRORED = PairsDraft(SQUARE.image_points, [(0, 0), (10, 0), (10, 10), (0, 10)])
BOW = {**PLAN, "features": [{**PLAN["features"][0], "geometry": {"type": "Polygon", "coordinates": [
    [[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]]}}]}  # fmt: skip


@pytest.mark.parametrize(
    ("values", "plan", "code"),
    [
        ({"calibration": FLAT}, None, "collinear"),
        ({"calibration": MIRRORED}, None, "mirrored"),
        ({"calibration": PairsDraft(SQUARE.image_points[:3], SQUARE.plan_points[:3])}, None, "few"),
        ({"calibration": PairsDraft()}, None, "few"),
        ({"calibration": PairsDraft(SQUARE.image_points, SQUARE.plan_points[:3])}, None, "uneven"),
        ({"masks": [[(0, 0), (10, 10), (10, 0), (0, 10)]]}, None, "mask"),
        ({"masks": [[(0, 0), (10, 10)]]}, None, "mask"),
        ({}, BOW, "crossing"),
        ({}, {**PLAN, "features": []}, "plan"),
        ({}, {"type": "Nothing"}, "plan"),
        ({}, {**PLAN, "features": [{**PLAN["features"][0], "properties": {"id": "x", "level": "1f"}}]}, "plan"),
        ({}, {**PLAN, "features": [zone("tall", (0, 0, 10, float("inf")))]}, "plan"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(site, saver, tmp_path, values, plan, code):
    before = files(site.folder)
    exc = refused(saver.save, now(site), [CameraChange("a", values)] if values else [], plan, who="Aiko")
    assert exc.code == "invalid"
    assert code in {problem.code for problem in exc.problems if problem.severity == "error"}
    assert all(problem.text["ja"] and problem.text["en"] for problem in exc.problems)
    assert files(site.folder) == before
    assert saver.next_undo() is None


def test_a_plan_that_the_site_cannot_run_with_is_refused_by_the_common_check(site, saver):
    (site.folder / "site.toml").write_text(TOML + '[limits."dense.far"]\nwatch = 1.0\n')
    before = files(site.folder)
    plan = {**PLAN, "features": [f for f in PLAN["features"] if f["properties"]["id"] != "far"]}
    exc = refused(saver.save, now(site), [], plan, who="Aiko")
    assert exc.code == "invalid"
    assert "far" in str(exc)
    assert files(site.folder) == before


def test_unknown_cameras_and_labels_that_are_too_much(site, saver):
    assert refused(saver.save, now(site), label("B", "nobody"), None, who="Aiko").code == "unknown"


def test_twenty_steps_are_kept_and_walked_back(site, saver):
    texts = []
    for i in range(KEPT + 3):
        texts.append((site.folder / "site.toml").read_bytes())
        saver.save(now(site), label(f"name {i}"), None, who="Aiko")
    assert saver.next_undo()["available"] == KEPT
    for i in range(KEPT):
        saver.undo(now(site), who="Aiko")
        assert (site.folder / "site.toml").read_bytes() == texts[-1 - i]
    assert refused(saver.undo, now(site), who="Aiko").code == "none"


def test_undo_never_loses_what_somebody_wrote_by_hand_since(site, saver):
    saver.save(now(site), label("B"), None, who="Aiko")
    (site.folder / "site.toml").write_text((site.folder / "site.toml").read_text() + "# by hand\n")
    assert saver.next_undo() is None
    assert refused(saver.undo, now(site), who="Aiko").code == "changed"


def test_a_file_that_came_goes_again(site, saver):
    path = site.folder / "calibration" / "a.json"
    saver.write({path: b"{}"}, what="a: head counts", who="Aiko")
    assert path.read_bytes() == b"{}"
    saver.undo(now(site), who="Aiko")
    assert not path.exists()


def test_no_file_is_left_over_where_one_cannot_be_written(site, saver, monkeypatch):
    before = files(site.folder)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    exc = refused(saver.save, now(site), label("B"), None, who="Aiko")
    monkeypatch.undo()
    assert exc.code == "read-only"
    assert "No space left" in str(exc)
    assert files(site.folder) == before
    assert saver.next_undo() is None


def test_what_cannot_be_written_down_is_not_done(site, tmp_path):
    told = []

    def note(who, what, **more):
        told.append((who, what))
        if what == "setup taken back" or len(told) == 1:
            raise StoreError("down")

    saver, before = Saver(site.folder, tmp_path / "state" / "setup", note), files(site.folder)
    with pytest.raises(StoreError):
        saver.save(now(site), label("B"), None, who="Aiko")
    assert (files(site.folder), saver.next_undo()) == (before, None)
    saver.save(now(site), label("B"), None, who="Aiko")
    after = files(site.folder)
    with pytest.raises(StoreError):
        saver.undo(now(site), who="Ben")
    assert files(site.folder) == after
    assert told == [("Aiko", "setup saved"), ("Aiko", "setup saved"), ("Ben", "setup taken back")]


def test_undo_that_would_leave_a_site_nothing_can_read_is_refused(site, saver):
    plan = copy.deepcopy(PLAN)
    plan["features"] += [
        {**zone("up", (0, 0, 5, 5)), "properties": {"id": "up", "category": "concourse", "level": "2f"}}
    ]
    saver.save(now(site), [], plan, who="Aiko")
    toml = site.folder / "site.toml"
    toml.write_text(toml.read_text().replace('level = "1f"', 'level = "2f"', 1))  # by hand, and right
    before = files(site.folder)
    assert refused(saver.undo, now(site), who="Aiko").code == "invalid"
    assert files(site.folder) == before


def test_a_save_that_a_power_cut_broke_off_stops_no_later_one(site, saver, tmp_path):
    saver.save(now(site), label("B"), None, who="Aiko")
    (tmp_path / "state" / "setup" / "versions" / "2").mkdir()
    saver.save(now(site), label("C"), None, who="Aiko")
    assert saver.next_undo()["available"] == 2


def test_a_plan_that_is_no_json_is_refused_in_words(site, saver):
    plan = copy.deepcopy(PLAN)
    plan["features"][0]["properties"]["own"] = float("nan")
    assert refused(saver.save, now(site), [], plan, who="Aiko").code == "invalid"
