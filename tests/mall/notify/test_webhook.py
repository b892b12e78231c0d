"""Webhooks against a real server that takes, refuses, redirects, hangs and drips."""

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from mall.config import Site
from mall.errors import NotifyError
from mall.notify.addresses import check_url
from mall.notify.notices import Message
from mall.notify.sending import sender_of
from mall.notify.webhook import post
from tests.mall.notify.certificates import make_certificate
from tests.mall.notify.receivers import ALARMS, Receiver, dripping, http_receiver, site_with, webhook
from tests.mall.web.test_api import ADVISORY

HOSTS = ("127.0.0.1",)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http_receiver() as running:
        yield running


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "geheim")


def message(channel: str = "desk") -> Message:
    return Message(f"{ADVISORY.id}:1:{channel}", channel, "alert", asdict(ADVISORY), 5.0)


def made_site(folder: Path, receiver: Receiver, more: str = "") -> Site:
    return site_with(folder, ALARMS + webhook("desk", receiver.url, more))


def test_a_message_is_signed_and_says_what_it_is(tmp_path: Path, receiver: Receiver) -> None:
    site = made_site(tmp_path, receiver)
    sender_of(site, site.file.notify[0])(message())
    (got,) = receiver.got
    stamp, message_id = got.headers["X-Mall-Timestamp"], got.headers["X-Mall-Id"]
    # by hand, as the guide for integrators tells it
    signed = stamp.encode() + b"\n" + message_id.encode() + b"\n" + got.body
    assert got.headers["X-Mall-Signature"] == "sha256=" + hmac.new(b"geheim", signed, hashlib.sha256).hexdigest()
    assert abs(time.time() - int(stamp)) < 30
    assert got.headers["Content-Type"] == "application/json"
    row = json.loads(got.body)
    assert (row["id"], row["kind"], row["status"], row["site"]) == (message().id, "alert", "Actual", "small")
    assert (row["advisory"]["severity"], row["title"]["en"]) == ("warn", "Hall: crowded, close to the limit of flow")
    assert got.headers["Idempotency-Key"] == f'"{message_id}"'
    assert "geheim" not in got.body.decode()
    assert not {"notes", "silence_reason"} & row["advisory"].keys()


def test_cap_is_sent_as_cap(tmp_path: Path, receiver: Receiver) -> None:
    site = site_with(tmp_path, ALARMS + webhook("desk", receiver.url, kind="cap"))
    sender_of(site, site.file.notify[0])(message())
    (got,) = receiver.got
    assert got.headers["Content-Type"] == "application/cap+xml"
    assert b"urn:oasis:names:tc:emergency:cap:1.2" in got.body


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_receiver_that_refuses_has_not_taken_it(tmp_path: Path, receiver: Receiver, status: int) -> None:
    receiver.mode = status
    site = made_site(tmp_path, receiver)
    with pytest.raises(NotifyError, match=f"answered {status}"):
        sender_of(site, site.file.notify[0])(message())


def test_a_redirect_is_not_followed(tmp_path: Path, receiver: Receiver) -> None:
    receiver.mode = "redirect"
    site = made_site(tmp_path, receiver)
    with pytest.raises(NotifyError, match="answered 307"):
        sender_of(site, site.file.notify[0])(message())
    assert [got.path for got in receiver.got] == ["/hook"]


@pytest.mark.parametrize("mode", ["hang", "drip"])
def test_a_receiver_that_hangs_or_drips_is_left(receiver: Receiver, mode: str) -> None:
    receiver.mode = mode
    began = time.monotonic()
    with pytest.raises(NotifyError, match="no answer in time"):
        post(check_url(receiver.url, HOSTS), b"{}", {}, HOSTS, timeout_s=0.4)
    assert time.monotonic() - began < 2.0
    assert receiver.opened == 1


def test_a_handshake_that_drips_is_left() -> None:
    with dripping() as receiver:
        target = check_url(f"https://127.0.0.1:{receiver.port}/hook", HOSTS)
        began = time.monotonic()
        with pytest.raises(NotifyError, match="no answer in time"):
            post(target, b"{}", {}, HOSTS, timeout_s=0.4)
        assert time.monotonic() - began < 2.0
        assert receiver.opened == 1


@pytest.mark.parametrize("address", ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "file:///"])
def test_a_redirect_to_where_machines_keep_their_secrets_is_a_refusal(
    receiver: Receiver, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.mode, receiver.elsewhere = "redirect", address
    opened: list[object] = []
    connect = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda at, *more: opened.append(at) or connect(at, *more))
    with pytest.raises(NotifyError, match="answered 307"):
        post(check_url(receiver.url, HOSTS), b"{}", {}, HOSTS)
    assert opened == [("127.0.0.1", receiver.port)]


def test_nobody_there_is_no_answer() -> None:
    with http_receiver() as gone:
        url = gone.url
    with pytest.raises(NotifyError, match=r"127\.0\.0\.1"):
        post(check_url(url, HOSTS), b"{}", {}, HOSTS)


def test_without_its_secret_nothing_is_sent(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    site = made_site(tmp_path, receiver)
    with pytest.raises(NotifyError, match="the environment has no HOOK_SECRET"):
        sender_of(site, site.file.notify[0])(message())
    assert receiver.got == []


def test_an_address_that_is_not_listed_is_never_opened(tmp_path: Path, receiver: Receiver) -> None:
    site = site_with(tmp_path, '\n[alarms]\nhosts = ["10.0.0.0/8"]\n' + webhook("desk", receiver.url))
    with pytest.raises(NotifyError, match="not one of"):
        sender_of(site, site.file.notify[0])(message())
    assert receiver.opened == 0


def test_https_is_spoken_with_whoever_can_prove_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    with http_receiver(certificate.for_server()) as receiver:
        target = check_url(receiver.url, HOSTS)
        with pytest.raises(NotifyError, match="CERTIFICATE_VERIFY_FAILED"):
            post(target, b"{}", {}, HOSTS)
        assert receiver.got == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        post(target, b'{"a":1}', {}, HOSTS)
        assert [got.body for got in receiver.got] == [b'{"a":1}']
