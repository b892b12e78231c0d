"""Drafts tried, against a pinhole camera that is projected by hand."""

import numpy as np
import pytest
from shapely import Polygon

from mall.setup.drafts import CameraDraft, PairsDraft
from mall.setup.trying import try_draft
from tests.mall.setup.small_site import PLAN, write_site, zone

SIZE = (1280, 720)
FOCAL, TILT, HEIGHT = 900.0, np.radians(28), 5.0
CENTRE = np.array([5.0, -4.0])  # under the camera, which looks along +y


def project(points):
    """Pinhole: x right, y up on the plan; the camera looks north, tilted down."""
    x, y = (np.asarray(points, dtype=float) - CENTRE).T
    forward = y * np.cos(TILT) + HEIGHT * np.sin(TILT)
    down = HEIGHT * np.cos(TILT) - y * np.sin(TILT)
    return np.column_stack([SIZE[0] / 2 + FOCAL * x / forward, SIZE[1] / 2 + FOCAL * down / forward])


METRES = [(3, 2), (8, 2), (2.5, 8), (9, 7), (6, 4.5), (7, 10), (4, 4), (5, 7)]
HORIZON_Y = SIZE[1] / 2 - FOCAL * np.tan(TILT)


@pytest.fixture
def site(tmp_path):
    return write_site(tmp_path / "site")


def draft(metres=METRES, pixels=None, **more):
    pixels = project(METRES) if pixels is None else pixels
    pairs = PairsDraft([tuple(p) for p in np.asarray(pixels, float).tolist()], [tuple(m) for m in metres])
    return CameraDraft("b", SIZE, pairs, **more)


def codes(tried):
    return {(p["code"], p["severity"], p["where"]["pair"]) for p in tried["problems"]}


def test_good_pairs_agree_and_land_where_they_were_put(site):
    tried = try_draft(site, draft(), None, [])
    assert tried["problems"] == []
    assert tried["fit"]["worst_m"] < 1e-3
    assert max(tried["fit"]["errors_px"]) < 0.1
    np.testing.assert_allclose(tried["plan"]["pairs"], METRES, atol=2e-3)
    for end, x in zip(tried["picture"]["horizon"], (0, SIZE[0]), strict=True):
        np.testing.assert_allclose(end, [x, HORIZON_Y], atol=0.5)


def test_the_plan_lies_in_the_picture_where_it_is_projected(site):
    tried = try_draft(site, draft(), None, [])
    shown = {row["id"]: row for row in tried["picture"]["plan"]}
    assert {name: (row["kind"], row["closed"]) for name, row in shown.items()} == {
        "hall": ("zone", True), "far": ("zone", True), "door": ("line", False),
    }  # fmt: skip
    np.testing.assert_allclose(sorted(shown["door"]["parts"][0]), sorted(project([[2, 0], [2, 4]]).tolist()), atol=0.2)
    far = Polygon(shown["far"]["parts"][0])
    truth = Polygon(project([(5, 5), (15, 5), (15, 10), (5, 10)]))
    assert far.symmetric_difference(truth).area < 0.002 * truth.area  # corners are told to a tenth of a pixel
    rows = np.array([p for line in tried["picture"]["grid"] for p in line])
    assert np.isfinite(rows).all()
    assert (rows[:, 1] > HORIZON_Y).all()
    crossing = project([[5, 5]])[0]
    lines = [line for line in tried["picture"]["grid"] if _distance(line, crossing) < 0.5]
    assert len(lines) == 2


def _distance(line, point):
    a, b = np.array(line[0]), np.array(line[-1])
    along = (b - a) / np.linalg.norm(b - a)
    off = point - a
    return abs(off[0] * along[1] - off[1] * along[0])


def test_a_zone_behind_the_camera_is_cut_and_never_folded_over(site):
    plan = {**PLAN, "features": [zone("long", (0, -50, 10, 400))]}
    tried = try_draft(site, draft(), plan, [])
    (row,) = tried["picture"]["plan"]
    corners = np.array(row["parts"][0])
    assert np.abs(corners).max() < 3 * max(SIZE)
    assert (corners[:, 1] > HORIZON_Y).all()
    assert Polygon(corners).is_valid


def test_what_is_seen_is_where_the_picture_looks(site):
    tried = try_draft(site, draft(), None, [])
    seen = Polygon(tried["plan"]["seen"])
    inside = project(np.array([[5, 5], [6, 8], [4, 3]]))
    assert ((inside > 0) & (inside < SIZE)).all()
    assert all(seen.buffer(0.1).contains(Polygon([(x, y), (x + 0.01, y), (x, y + 0.01)])) for x, y in [(5, 5), (6, 8)])
    shares = tried["plan"]["zones_seen"]
    assert set(shares) == {"hall", "far"}
    xs, ys = np.meshgrid(np.arange(0, 10, 0.05) + 0.025, np.arange(0, 5, 0.05) + 0.025)
    grid = project(np.column_stack([xs.ravel(), ys.ravel()]))
    share = float(((grid >= 0) & (grid <= SIZE)).all(axis=1).mean())
    assert abs(shares["hall"] - share) < 0.02


def test_uncertainty_grows_with_the_distance(site):
    rows = try_draft(site, draft(), None, [])["plan"]["uncertainty"]
    rows = sorted(rows, key=lambda row: row["at"][1])
    assert len(rows) > 5
    assert rows[0]["sd_m"] < rows[-1]["sd_m"]
    at = np.array(rows[0]["at"])
    here = project([at])[0]
    step = max(np.linalg.norm(project([at + d])[0] - here) for d in ([0.01, 0], [0, 0.01])) / 0.01
    assert rows[0]["sd_m"] >= 2.0 / step * 0.9  # two pixels, in the metres of the best direction


@pytest.mark.parametrize("pair", range(8))
def test_the_pair_that_was_put_wrong_is_named_with_its_distance(site, pair):
    metres = [list(m) for m in METRES]
    metres[pair][0] += 2.1
    tried = try_draft(site, draft(metres), None, [])
    (found,) = [p for p in tried["problems"] if p["where"]["pair"] is not None]
    assert found["where"]["pair"] == pair
    assert found["text"]["en"] == f"Pair {pair + 1} is off by 2.1 m."
    assert f"{pair + 1} 番目" in found["text"]["ja"]
    assert tried["fit"]["worst_m"] > 0.3


def test_careful_clicks_raise_no_alarm(site):
    rng = np.random.default_rng(3)
    for _ in range(20):
        pixels = project(METRES) + rng.normal(0, 1.0, (8, 2))
        assert try_draft(site, draft(pixels=pixels), None, [])["problems"] == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (draft(METRES[:3], project(METRES[:3])), ("few", "error", None)),
        (draft(METRES[:4]), ("uneven", "error", None)),
        (draft([(i, i) for i in range(4)], project([(i, i) for i in range(4)])), ("collinear", "error", None)),
        (draft([(x, -y) for x, y in METRES]), ("mirrored", "error", None)),
        (draft([METRES[i] for i in (1, 0, 2, 3)], project(METRES[:4])), ("folded", "error", None)),
        (draft(METRES, [*project(METRES)[:7], [1300, 500]]), ("outside", "error", 7)),
        (draft([(x + 500, y) for x, y in METRES]), ("no-zone", "error", None)),
        (draft(masks=[[(0, 0), (9, 9), (9, 0), (0, 9)]]), ("mask", "error", None)),
        (draft(masks=[[(2000, 0), (2009, 9), (2009, 0)]]), ("mask-outside", "warning", None)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_both_languages(site, made, expected):
    tried = try_draft(site, made, None, [])
    assert expected in codes(tried)
    for problem in tried["problems"]:
        assert set(problem["text"]) == {"en", "ja"}
        assert not problem["text"]["ja"].isascii()


def test_a_camera_without_pairs_is_no_mistake_and_has_nothing_to_show(site):
    tried = try_draft(site, CameraDraft("b", SIZE), None, [[1, 2, 3, 4]])
    assert tried["problems"] == []
    assert tried["fit"] is None
    assert tried["picture"] == {"horizon": None, "plan": [], "grid": []}
    assert tried["people"] is None


def test_planes_show_and_place_in_their_own_region(site):
    half = [(0, 300), (640, 300), (640, 720), (0, 720)]
    pairs = draft().calibration
    plane = PairsDraft(pairs.image_points, pairs.plan_points, region=half)
    tried = try_draft(site, CameraDraft("b", SIZE, planes=[plane]), None, [[300, 400, 340, 500], [900, 400, 940, 500]])
    assert tried["problems"] == []
    assert len(tried["people"]) == 1
    xs = [x for row in tried["picture"]["plan"] for part in row["parts"] for x, _ in part]
    assert max(xs) < 645
    assert tried["picture"]["horizon"] is None or len(tried["picture"]["horizon"]) == 2
    broken = PairsDraft(pairs.image_points, pairs.plan_points, region=[(0, 0), (9, 9), (9, 0), (0, 9)])
    tried = try_draft(site, CameraDraft("b", SIZE, planes=[plane, broken]), None, [])
    assert [(p["code"], p["where"]["plane"]) for p in tried["problems"]] == [("region", 1)]


def test_people_of_now_are_placed_anew(site):
    feet = project([[5, 5], [7, 8]])
    boxes = [[x - 20, y - 200, x + 20, y] for x, y in feet]
    people = try_draft(site, draft(), None, boxes)["people"]
    np.testing.assert_allclose(sorted(people), [[5, 5], [7, 8]], atol=0.6)


def test_a_new_zone_out_of_sight_is_said_and_an_old_one_is_not(site):
    plan = {**PLAN, "features": [*PLAN["features"], zone("away", (200, 0, 210, 10))]}
    tried = try_draft(site, draft(), plan, [])
    assert {p["where"]["feature"] for p in tried["problems"] if p["code"] == "zone-unseen"} == {"away"}
    assert tried["plan"]["zones_seen"]["away"] == 0


def test_a_plan_that_cannot_be_read_still_shows_the_camera_on_the_old_one(site):
    bow = zone("bow", (0, 0, 1, 1))
    bow["geometry"]["coordinates"] = [[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]]
    tried = try_draft(site, draft(), {**PLAN, "features": [bow]}, [])
    assert [(p["code"], p["where"]["feature"]) for p in tried["problems"]] == [("crossing", "bow")]
    assert {row["id"] for row in tried["picture"]["plan"]} == {"hall", "far", "door"}


def test_people_nobody_can_tell_of_are_not_nobody(site):
    assert try_draft(site, draft(), None, [])["people"] == []
    assert try_draft(site, draft(), None, None)["people"] is None
