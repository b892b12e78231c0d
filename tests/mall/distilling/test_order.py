"""What a distillation refuses before a picture is taken, and what it makes of a request."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mall.config import PROJECT_DIR, Site, load_site
from mall.distilling.order import Request, checked
from mall.distilling.taking import slots_of
from mall.errors import SiteError
from tests.contract.test_site_folder import MINIMAL_PLAN
from vision.detector import WeightsRefusedError
from vision.embedded import embedded_folder, embedded_student

CAMERA = '[[camera]]\nid = "{id}"\nsource = "{source}"\nlevel = "1f"\n'


def site_of(folder: Path, cameras: str = "", *, weights: str = "") -> Site:
    (folder / "film").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "film" / "0.png"), np.zeros((48, 64, 3), np.uint8))
    (folder / "boxes.jsonl").write_text('{"camera": "b", "frame": 0, "t": 0.0, "boxes": []}\n')
    (folder / "floorplan.geojson").write_text(json.dumps(MINIMAL_PLAN))
    usual = "".join(CAMERA.format(id=name, source=source) for name, source in (("c", "film"), ("d", "rtsp://h/1")))
    usual += CAMERA.format(id="b", source="boxes.jsonl") + cameras
    (folder / "site.toml").write_text(f'{weights}\n[site]\nid = "m"\nname = "M"\n{usual}', encoding="utf-8")
    return load_site(folder)


def request(folder: Path, **changes: Any) -> Request:
    usual = Request(folder, ("c", "d"), teacher=str(embedded_folder()), frames=80, who="森", why="new lights")
    return replace(usual, **changes)


REFUSED = [
    ({"cameras": ("nobody",)}, "nobody"),
    ({"checks": ("nobody",)}, "nobody"),
    ({"cameras": ("c", "c")}, "'c' is named twice"),
    ({"checks": ("c",)}, "'c' is named twice"),
    ({"cameras": ("b",)}, r"camera \(b\).source: recorded boxes"),
    ({"frames": 15}, "--frames 15: expected at least 16"),
    ({"who": " "}, "--who"),
    ({"why": ""}, "--why"),
]


@pytest.mark.parametrize(("changes", "named"), REFUSED)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(SiteError, match=named):
        checked(request(tmp_path, **changes), site_of(tmp_path))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"teacher": "/no/teacher.pt"}, "/no/teacher.pt"),
        ({"student": "/no/student.pt"}, "/no/student.pt"),
        ({"student": str(embedded_folder())}, r"only PyTorch weights \(.pt\)"),
    ],
)
def test_weights_that_cannot_be_are_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(WeightsRefusedError, match=named):
        checked(request(tmp_path, **changes), site_of(tmp_path))


def test_cameras_of_different_weights_need_a_student(tmp_path: Path) -> None:
    other = f'[[camera]]\nid = "e"\nsource = "film"\nlevel = "1f"\nweights = "{embedded_student()}"\n'
    site = site_of(tmp_path, other)
    with pytest.raises(WeightsRefusedError, match="--student: missing"):
        checked(request(tmp_path, cameras=("c", "e"), frames=80), site)
    given = checked(request(tmp_path, cameras=("c", "e"), student=str(embedded_student())), site)
    assert given.student == embedded_student()
    assert checked(request(tmp_path, cameras=("e",)), site).student == embedded_student()


def test_the_usual_student_is_the_embedded_one_at_the_size_it_was_trained_at(tmp_path: Path) -> None:
    order = checked(request(tmp_path), site_of(tmp_path))
    assert order.student == embedded_student()
    assert order.old == {"c": embedded_folder(), "d": embedded_folder()}
    assert (order.size, order.trained.names, order.trained.person) == (416, {0: "person"}, 0)
    assert checked(request(tmp_path, size=320), site_of(tmp_path)).size == 320


def test_pictures_are_shared_out(tmp_path: Path) -> None:
    order = checked(request(tmp_path, cameras=("c",), checks=("d",), frames=80), site_of(tmp_path))
    assert [order.pictures_of(name) for name in ("c", "d")] == [80, 20]
    assert {slot.part for slot in slots_of(order, "d")} == {"held"}
    assert sum(order.pictures_of(name) for name in order.mixed) == 16
    assert all(slot.part == "train" for name in order.mixed for slot in slots_of(order, name))
    assert checked(request(tmp_path, mix=False), site_of(tmp_path)).mixed == {}


def test_nothing_of_a_place_that_is_learnt_is_mixed_in() -> None:
    sample = load_site(PROJECT_DIR / "sample_footage")
    films = [camera.id for camera in sample.cameras if camera.source.endswith(".mp4")]
    order = checked(request(sample.folder, cameras=(films[0],)), sample)
    assert order.mixed == {}, "two films show one square: the held-out part of one would be trained on in the other"


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"out": Path("elsewhere"), "minutes": 3.0, "who": "林"}, True),
        ({"frames": 88}, False),
        ({"epochs": 3}, False),
        ({"freeze": True}, False),
        ({"size": 320}, False),
        ({"mix": False}, False),
        ({"cameras": ("c",), "checks": ("d",)}, False),
    ],
)
def test_the_key_tells_orders_apart(tmp_path: Path, changes: dict[str, Any], is_same: bool) -> None:
    site = site_of(tmp_path)
    assert (checked(request(tmp_path, **changes), site).key == checked(request(tmp_path), site).key) is is_same


def test_another_mask_is_another_order(tmp_path: Path) -> None:
    before = checked(request(tmp_path), site_of(tmp_path)).key
    text = (tmp_path / "site.toml").read_text().replace('"film"', '"film"\nmasks = [[[0, 0], [9, 0], [9, 9]]]')
    (tmp_path / "site.toml").write_text(text)
    assert checked(request(tmp_path), load_site(tmp_path)).key != before
