"""What a site file says is checked before anything starts: limits, pop-up dates, weights, the public address."""

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mall.config import load_site
from mall.errors import AddressError, SiteError, WeightsError
from mall.stack import check_everything
from mall.validation import load_valid_site
from tests.mall.web.small_site import SITE, write_site
from tests.stack_process import free_port
from tests.vision.tiny_models import anchors, write_model
from vision.detector import WeightsRefusedError
from vision.embedded import FOLDER, embedded_card
from vision.weights_file import digest_of_weights, inspect_weights


def written(folder: Path, more: str) -> Path:
    write_site(folder)
    (folder / "site.toml").write_text(SITE + more, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "more",
    [
        "",
        "[limits.density-walkway]\nwarn = 1.5\non_delay_s = 5",
        '[limits."density-walkway.hall"]\nact = 2.0\nhysteresis = 0.2',
        "[limits.books]\npublic = 1",
        "[limits.utilisation]\nwarn = 0.9",
        '[limits.utilisation]\nwatch = "70 %"\non_delay_s = "2 min"',
        '[limits."density-walkway.hall"]\nact = "2.0 p/m²"',
        "[limits.time-to-limit]\nwatch = '4 min'\nnet_deviations = 2",
        "[limits.critical]\nfalling_share = '30 %'",
        '[public]\nbind = "0.0.0.0:80"',
    ],
)
def test_good_files_load(tmp_path: Path, more: str) -> None:
    assert load_valid_site(written(tmp_path, more)).id == "small"


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("[limits.density-walkways]\nwarn = 1.5", "limits.density-walkways"),
        ("[limits.hall]\nwarn = 1.5", "limits.hall"),
        ('[limits."density-walkway.hal"]\nwarn = 1.5', "no zone 'hal'"),
        ('[limits."density-stair.hall"]\nwarn = 1.5', "does not judge"),
        ('[limits."camera-lost.hall"]\nwarn = 1.5', "does not judge"),
        ("[limits.density-walkway]\nwarm = 1.5", "warm"),
        ('[limits.density-walkway]\nwarn = "1.5 s"', "limits.density-walkway.warn: expected p/m², got 1.5 s"),
        ('[limits.density-walkway]\nwarn = "90 %"', "expected p/m²"),
        ('[limits.utilisation]\nwarn = "0.9 p/m²"', "expected a number without unit"),
        ('[limits.density-walkway]\non_delay_s = "5 p/m²"', "expected s, got 5 p/m²"),
        ('[limits.density-walkway]\nwarn = "1.5 furlongs"', "unknown unit 'furlongs'"),
        ('[limits.density-walkway]\nwarn = "much"', "expected a number"),
        ("[limits.density-walkway]\nwarn = [1.5]", "expected a number"),
        ("[limits.density-walkway]\nfalling_share = 0.3", "no such key"),
        ("[limits.critical]\nfalling_share = 0", "above 0"),
        ("[limits.time-to-limit]\nwatch = 30", "fall"),
        ("[limits.escalator-landing]\nact = '90 s'", "fall"),
        ('[limits."escalator-landing.hall"]\nact = 10', "does not judge"),
        ("[limits.density-walkway]\nwarn = inf", "finite"),
        ("[limits.density-walkway]\nwarn = nan", "finite"),
        ("[limits.density-walkway]\nwarn = -1", "above 0"),
        ("[limits.density-walkway]\non_delay_s = -1", "on_delay_s"),
        ("[limits.density-walkway]\nhysteresis = 1", "hysteresis"),
        ("[limits.density-walkway]\nwarn = 3.0", "rise"),
        ('[limits."density-walkway.hall"]\nwatch = 1.9', "rise"),
        ("[limits.books]\npublic = 2", "0 or 1"),
    ],
)
def test_limits_that_would_not_hold_are_refused(tmp_path: Path, more: str, named: str) -> None:
    with pytest.raises(SiteError, match=r"site\.toml") as told:
        load_valid_site(written(tmp_path, more))
    assert named in str(told.value)


@pytest.mark.parametrize("bind", ["", "8061", "host:", "host:0", "host:99999", "host:x"])
def test_a_public_address_that_is_none(tmp_path: Path, bind: str) -> None:
    with pytest.raises(AddressError, match=r"public\.bind"):
        load_valid_site(written(tmp_path, f'[public]\nbind = "{bind}"'))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "phase", "taken"),
    [
        (at("2026-11-18T14:59:59"), "booked", 0.0),  # Tokyo's 19th begins at 15:00 UTC of the 18th
        (at("2026-11-18T15:00:00"), "open", 6.0),
        (at("2026-11-28T14:59:59"), "open", 6.0),
        (at("2026-11-28T15:00:00"), "ended", 0.0),
    ],
)
def test_a_popup_takes_floor_between_its_dates_only(tmp_path: Path, now: float, phase: str, taken: float) -> None:
    write_site(tmp_path)
    site = load_site(tmp_path, now=now)
    assert site.popups[0].phase(now) == phase
    assert site.plan.zone("hall").polygon.area - site.plan.area_m2("hall") == pytest.approx(taken)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("soon", ""), ("", "2026-13-01"), ("2026-11-29", "2026-11-28"), ("2026-11-20T10:00", "2026-11-20T09:00+09:00")],
)
def test_dates_that_are_none_or_in_the_wrong_order(tmp_path: Path, begins: str, ends: str) -> None:
    write_site(tmp_path)
    text = SITE.replace("2026-11-19", begins).replace("2026-11-28", ends)
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match="popup"):
        load_site(tmp_path)


def test_toml_dates_and_open_ends_are_dates_too(tmp_path: Path) -> None:
    write_site(tmp_path)
    text = SITE.replace('"2026-11-19"', "2026-11-19").replace('"2026-11-28"', '""')
    (tmp_path / "site.toml").write_text(text, encoding="utf-8")
    popup = load_site(tmp_path).popups[0]
    assert (popup.from_, popup.phase(at("2026-11-18T14:59:59")), popup.phase(at("2099-01-01"))) == (
        "2026-11-19",
        "booked",
        "open",
    )


# -- weights -----------------------------------------------------------------------------------------------------------


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/data.pkl", b"x" * 2000)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("person_n.xml", "person_n.bin", "metadata.yaml"):
        shutil.copy(FOLDER / name, folder)
    return folder


def damage(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def test_whole_weights_pass(tmp_path: Path, model: Path) -> None:
    write_model(tmp_path / "m.onnx", anchors())
    for weights in (model, zipped(tmp_path / "m.pt"), tmp_path / "m.onnx", "yolo11n.pt", "yolov8x.pt", "rtdetr-l.pt"):
        inspect_weights(weights)
    assert digest_of_weights(model) == embedded_card().digest


@pytest.mark.parametrize(
    "weights", ["nothing/x.pt", "nothing.pt", "yolo.pt", "yolonothing.pt", "yolo11n-seg.pt", "x", "yolo11n.onnx"]
)
def test_names_that_are_no_weights(weights: str) -> None:
    with pytest.raises(WeightsRefusedError, match="no such weights"):
        inspect_weights(weights)


def test_damaged_weights_are_told_without_loading(tmp_path: Path, model: Path) -> None:
    xml, binary, card = (model / name for name in ("person_n.xml", "person_n.bin", "metadata.yaml"))
    for path, content in [
        (xml, xml.read_bytes()[:-400]),
        (xml, b""),
        (binary, binary.read_bytes()[:-1]),
        (binary, b""),
        (card, b"task: segment\nnames: {0: person}\n"),
        (card, b"task: detect\nnames: {0: cat}\n"),
        (card, b"[1"),
    ]:
        whole = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(WeightsRefusedError):
            inspect_weights(model)
        path.write_bytes(whole)
    inspect_weights(model)
    cut = zipped(tmp_path / "cut.pt").read_bytes()[:-30]
    for name, content in [("cut.pt", cut), ("e.pt", b""), ("t.onnx", b"<html>"), ("e.onnx", b""), ("w.txt", b"x")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsRefusedError):
            inspect_weights(tmp_path / name)


@pytest.mark.parametrize("weights", ["nothing/x.pt", "nothing.pt", "cut.pt"])
def test_a_stack_refuses_weights_before_it_starts_and_names_the_camera(tmp_path: Path, weights: str) -> None:
    written(tmp_path, "")
    (tmp_path / "cut.pt").write_bytes(b"PK\x03\x04")
    text = SITE.replace('"hall.mp4"\nlevel = "1f"', f'"rtsp://192.0.2.1/1"\nlevel = "1f"\nweights = "{weights}"')
    (tmp_path / "site.toml").write_text(text)
    with pytest.raises(WeightsError, match=r"camera \(hall-cam\)\.weights") as told:
        check_everything(load_site(tmp_path), free_port())
    assert weights in str(told.value)
