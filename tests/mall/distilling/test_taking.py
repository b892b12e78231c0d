"""Pictures of a site's recordings: blanked before they are written, parts apart, taken once."""

import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import cv2
import numpy as np
import pytest

from mall.config import load_site
from mall.distilling import taking
from mall.distilling.order import Order, Request, checked
from mall.distilling.taking import take
from mall.errors import SiteError
from tests.contract.test_site_folder import MINIMAL_SITE, write_minimal
from tests.vision.distill.test_labelling import Painted
from tests.vision.test_live import Server
from vision.distill.shelf import PARTS, Picture, Shelf
from vision.embedded import embedded_folder
from vision.letterbox import GREY

MASK = "masks = [[[0, 0], [31, 0], [31, 47], [0, 47]]]"


def order_of(folder: Path, frames: int, *, source: str = "film", watch_minutes: float = 30.0) -> Order:
    write_minimal(folder, MINIMAL_SITE.replace('"film"', f'"{source}"\ntiling = "off"\n{MASK}'))
    (folder / "film").mkdir()
    for index in range(frames):
        cv2.imwrite(str(folder / "film" / f"{index:03}.png"), np.full((48, 64, 3), index, np.uint8))
    asked = Request(
        folder, ("c",), teacher=str(embedded_folder()), frames=16, mix=False, who="森", why="test", size=64,
        watch_minutes=watch_minutes,
    )  # fmt: skip
    return checked(asked, load_site(folder))


def test_taken_blanked_and_apart(tmp_path: Path) -> None:
    order, shelf, ticks = order_of(tmp_path, 80), Shelf(tmp_path / "shelf"), list[int]()
    take(order, shelf, lambda: ticks.append(1))
    assert len(ticks) == 16
    pictures = shelf.pictures()
    assert [len(shelf.pictures(part)) for part in ("train", "stop", "held")] == [10, 2, 4]
    images = [shelf.read(picture) for picture in sorted(pictures, key=lambda one: one.number)]
    assert all((image[:, :32] == GREY).all() for image in images), "what is masked is never written"
    frames = [int(image[0, 63, 0]) for image in images]
    assert frames == sorted(frames)
    assert len(set(frames)) == 16


def test_what_is_there_is_not_taken_again(tmp_path: Path) -> None:
    order, shelf, ticks = order_of(tmp_path, 80), Shelf(tmp_path / "shelf"), list[int]()
    take(order, shelf, lambda: None)
    paths = sorted((tmp_path / "shelf" / "images").rglob("*.png"))
    written = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}
    paths[3].unlink()
    take(order, shelf, lambda: ticks.append(1))
    assert len(ticks) == 16
    assert sorted((tmp_path / "shelf" / "images").rglob("*.png")) == paths
    again = {path for path in paths if path.stat().st_mtime_ns != written[path][0]}
    assert again == {paths[3]}
    assert paths[3].read_bytes() == written[paths[3]][1]


@pytest.mark.parametrize("frames", [1, 3])
def test_too_short_a_film_is_named(tmp_path: Path, frames: int) -> None:
    order, shelf = order_of(tmp_path, frames), Shelf(tmp_path / "shelf")
    with pytest.raises(SiteError, match=r"camera \(c\)\.source: too few pictures"):
        take(order, shelf, lambda: None)


def test_a_picture_of_another_part_does_not_count(tmp_path: Path) -> None:
    order, shelf = order_of(tmp_path, 80), Shelf(tmp_path / "shelf")
    shelf.put(Picture("c", 0, "held"), np.zeros((48, 64, 3), np.uint8))
    take(order, shelf, lambda: None)
    assert shelf.has(Picture("c", 0, "train"))


def play(server: Server, client: socket) -> None:
    """Send 50 pictures a second, each brighter than the last."""
    server.head(client)
    for index in range(10_000):
        server.picture(client, index % 250)
        if server.over.wait(0.02):
            return


def fall_silent(server: Server, client: socket) -> None:
    server.over.wait(30)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server(request.param)
    yield server
    server.close()


@pytest.mark.parametrize("served", [play], indirect=True)
def test_a_live_camera_is_watched_for_the_time_asked(
    tmp_path: Path, served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "load_detector", lambda *_: Painted())
    order, shelf = order_of(tmp_path, 1, source=served.address, watch_minutes=0.1), Shelf(tmp_path / "shelf")
    began = time.monotonic()
    take(order, shelf, lambda: None)
    # The last moment lies half a slot before the end of the time.
    assert time.monotonic() - began >= 6.0 * 0.9
    assert all(shelf.pictures(part) for part in PARTS)
    assert all((shelf.read(picture)[:, :24] == GREY).all() for picture in shelf.pictures())


@pytest.mark.parametrize("served", [fall_silent], indirect=True)
def test_a_live_camera_that_stays_silent_is_named(
    tmp_path: Path, served: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "load_detector", lambda *_: Painted())
    monkeypatch.setattr(taking, "STREAM_GRACE_S", 0.2)
    order, shelf = order_of(tmp_path, 1, source=served.address, watch_minutes=0.001), Shelf(tmp_path / "shelf")
    with pytest.raises(SiteError, match=r"camera \(c\)\.source: too few pictures came of it \(train 0, stop 0, held 0"):
        take(order, shelf, lambda: None)
