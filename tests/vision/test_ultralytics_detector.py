import pickle

import pytest

from vision.detector import Thresholds, WeightsRefusedError
from vision.loading import load_detector


class Payload:
    """A pickle that writes a file when it is opened carelessly."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (open, (str(self.target), "w"))


@pytest.mark.parametrize("name", ["hostile.pt", "yolo11n.pt"])
def test_a_hostile_pickle_is_refused_and_never_runs(tmp_path, name):
    canary = tmp_path / "canary"
    (tmp_path / name).write_bytes(pickle.dumps(Payload(canary)))
    with pytest.raises(WeightsRefusedError, match="not usable weights"):
        load_detector(tmp_path / name)
    assert not canary.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 truncated", b"\x00" * 1000])
def test_damaged_files_are_refused(tmp_path, content):
    path = tmp_path / "damaged.pt"
    path.write_bytes(content)
    with pytest.raises(WeightsRefusedError, match=r"damaged\.pt"):
        load_detector(path)


@pytest.mark.parametrize("weights", ["nowhere/x.pt", "x.pt", "yolo11n.bin", "http://example.org/yolo11n.pt", "", "."])
def test_what_is_neither_file_nor_known_name_is_refused(monkeypatch, tmp_path, weights):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsRefusedError):
        load_detector(weights)


def test_a_file_of_another_format_is_refused(tmp_path):
    (tmp_path / "weights.zip").write_bytes(b"PK")
    with pytest.raises(WeightsRefusedError, match=r"\.pt, \.onnx"):
        load_detector(tmp_path / "weights.zip")


def test_without_internet_it_says_what_to_do(tmp_path, monkeypatch):
    from vision.quiet import silence_vendors

    silence_vendors()
    import ultralytics.utils.downloads as downloads

    def no_network(*_args, **_kwargs):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(downloads, "attempt_download_asset", no_network)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(WeightsRefusedError, match="connect to the internet once"):
        load_detector("yolo11n.pt", Thresholds())
