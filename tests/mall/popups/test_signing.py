import hashlib
import json
import logging
import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from mall.errors import SiteError
from mall.popups.devices import DeviceKeys
from mall.popups.signing import sign, verify
from tests.mall.web.small_site import write_site


def hand_made_hmac(key: bytes, text: bytes) -> str:
    """RFC 2104 by hand, with nothing but SHA-256."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + text).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).hexdigest()


@pytest.mark.parametrize(
    ("key", "device", "seq", "body"),
    [
        (b"k" * 32, "kit-07", 1, b'{"at":1}'),
        (b"k" * 100, "kit-07", 10**13, b""),  # a key longer than a block; an empty body
        (b"", "k", 0, b"\x00\xff"),
    ],
)
def test_a_signature_is_rfc_2104_over_device_seq_and_body(key: bytes, device: str, seq: int, body: bytes) -> None:
    expected = "sha256=" + hand_made_hmac(key, device.encode() + b"\n" + str(seq).encode() + b"\n" + body)
    assert sign(key, device, seq, body) == expected
    assert verify(expected, key, device=device, seq=seq, body=body)


@pytest.mark.parametrize(
    ("device", "seq", "body", "key"),
    [("kit-03", 5, b"x", b"a"), ("kit-07", 6, b"x", b"a"), ("kit-07", 5, b"y", b"a"), ("kit-07", 5, b"x", b"b")],
)
def test_any_other_device_number_body_or_key_is_refused(device: str, seq: int, body: bytes, key: bytes) -> None:
    assert not verify(sign(b"a", "kit-07", 5, b"x"), key, device=device, seq=seq, body=body)


def test_a_signature_with_foreign_letters_is_refused_not_an_error() -> None:
    assert not verify("sha256=ä", b"a", device="d", seq=1, body=b"")


def test_keys_are_made_once_kept_private_and_never_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = write_site(tmp_path)
    caplog.set_level(logging.DEBUG)
    first = DeviceKeys.load(tmp_path / "state", site)
    path = tmp_path / "state" / "devices.json"
    assert set(first) == {"kit-07", "kit-03"}
    assert all(len(key) == 32 for key in first.values())
    assert len(set(first.values())) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert DeviceKeys.load(tmp_path / "state", site) == first
    for key in first.values():
        assert key.hex() not in repr(first) + str(first) + caplog.text


def test_a_device_that_left_the_site_has_no_key(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    (tmp_path / "devices.json").write_text(json.dumps({"gone": "00" * 32}), encoding="utf-8")
    assert "gone" not in DeviceKeys.load(tmp_path, site)
    assert "gone" in json.loads((tmp_path / "devices.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["", "[]", '{"kit-07": 5}', '{"kit-07": "zz"}', '{"kit-07": "00"}'])
def test_damaged_keys_are_named_not_replaced(tmp_path: Path, text: str) -> None:
    site = write_site(tmp_path)
    (tmp_path / "devices.json").write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match=r"devices\.json"):
        DeviceKeys.load(tmp_path, site)
    assert (tmp_path / "devices.json").read_text(encoding="utf-8") == text


def test_processes_that_start_together_get_the_same_keys(tmp_path: Path) -> None:
    site = write_site(tmp_path)
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(keys_in_another_process, [str(site.folder)] * 8))
    assert all(keys == found[0] for keys in found)


def keys_in_another_process(folder: str) -> dict[str, str]:
    from mall.config import load_site

    return {
        device: key.hex() for device, key in DeviceKeys.load(Path(folder) / "state", load_site(Path(folder))).items()
    }
