"""Mail through a real SMTP server."""

import email
import email.policy
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from mall.config import Site
from mall.errors import NotifyError, SiteError
from mall.models import Advisory
from mall.notify.notices import Kind, Message
from mall.notify.sending import sender_of
from tests.mall.notify.certificates import make_certificate
from tests.mall.notify.receivers import dripping, site_with
from tests.mall.web.test_api import ADVISORY


@dataclass
class MailBox:
    """What the server got; ``answer`` is what it says to a message."""

    answer: str = "250 OK"
    got: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - the name is the library's
        self.got.append(envelope)
        return self.answer

    def last(self) -> EmailMessage:
        content = self.got[-1].content
        assert isinstance(content, bytes)
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@contextmanager
def mail_server(**more: Any) -> Iterator[tuple[MailBox, int]]:
    found = MailBox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(found, hostname="127.0.0.1", port=port, **more)
    server.start()
    try:
        yield found, port
    finally:
        server.stop()


@pytest.fixture
def box() -> Iterator[tuple[MailBox, int]]:
    with mail_server() as found:
        yield found


def made_site(folder: Path, port: int, *, smtp: str = "starttls = false", more: str = "") -> Site:
    return site_with(
        folder,
        f'\n[smtp]\nhost = "127.0.0.1"\nport = {port}\nfrom = "mall@example.com"\n{smtp}\n'
        f'[[notify]]\nid = "duty"\nkind = "email"\nto = ["abe@example.com", "sato@example.com"]\n{more}\n',
    )


def send(site: Site, advisory: Advisory = ADVISORY, kind: Kind = "alert") -> None:
    sender_of(site, site.file.notify[0])(Message("m:1:duty", "duty", kind, asdict(advisory), 1_795_239_127.0))


def test_a_mail_in_both_languages(tmp_path: Path, box: tuple[MailBox, int]) -> None:
    send(made_site(tmp_path, box[1]))
    mail, envelope = box[0].last(), box[0].got[0]
    assert envelope.rcpt_tos == ["abe@example.com", "sato@example.com"]
    assert mail["Subject"] == "[警戒] ホール：混雑、流動の限界付近 (新規)"
    text = mail.get_content()
    assert "Hall: crowded, close to the limit of flow" in text
    assert "1.80\u00a0p/m²" in text
    assert "現場を確認し、対応を準備。" in text
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<small/m%3A1%3Aduty@example.com>", "auto-generated")


@pytest.mark.parametrize(
    ("changes", "kind", "subject"),
    [
        ({"exercise": True}, "worse", "EXERCISE [warn] Hall: crowded, close to the limit of flow (worse)"),
        ({"rule": "self-test", "place": "small"}, "alert", "TEST [warn] Small Mall: Test (new)"),
        ({}, "escalation", "[warn] Hall: crowded, close to the limit of flow (not acknowledged)"),
    ],
)
def test_what_is_not_real_says_so(
    tmp_path: Path, box: tuple[MailBox, int], changes: dict[str, Any], kind: Kind, subject: str
) -> None:
    send(made_site(tmp_path, box[1], more='languages = ["en"]'), replace(ADVISORY, **changes), kind)
    assert box[0].last()["Subject"] == subject


def test_a_server_that_refuses_has_not_taken_it(tmp_path: Path, box: tuple[MailBox, int]) -> None:
    box[0].answer = "451 later"
    with pytest.raises(NotifyError, match="451"):
        send(made_site(tmp_path, box[1]))


def test_nothing_is_sent_where_the_way_is_not_safe(
    tmp_path: Path, box: tuple[MailBox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "geheim")
    site = made_site(tmp_path, box[1], smtp='user = "mall"\npassword_env = "MAIL_PASSWORD"')
    with pytest.raises(NotifyError, match="STARTTLS") as refused:
        send(site)
    assert "geheim" not in str(refused.value)
    assert box[0].got == []


@pytest.mark.parametrize(("password", "is_taken"), [("geheim", True), ("falsch", False)])
def test_login_over_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str, is_taken: bool) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("MAIL_PASSWORD", password)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"mall", b"geheim"), handled=False)

    tls = {"tls_context": certificate.for_server(), "require_starttls": True, "auth_required": True}
    with mail_server(authenticator=check, **tls) as (box, port):
        site = made_site(tmp_path, port, smtp='user = "mall"\npassword_env = "MAIL_PASSWORD"')
        with pytest.raises(NotifyError, match="CERTIFICATE_VERIFY_FAILED"):
            send(site)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        if is_taken:
            send(site)
            assert len(box.got) == 1
            return
        with pytest.raises(NotifyError, match=r"refuses the login \(535\)") as refused:
            send(site)
        assert password not in str(refused.value)
        assert box.got == []


@pytest.mark.parametrize(
    ("first", "talk", "drops"),
    [
        (b"", [], b"220 mall"),  # the greeting never ends
        (
            b"220 mall\r\n",
            [b"250-mall\r\n250 STARTTLS\r\n", b"220 go on\r\n"],
            b"\x16\x03\x03\x40\x00",
        ),  # nor does the handshake
    ],
)
def test_a_server_that_drips_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bytes, talk: list[bytes], drops: bytes
) -> None:
    monkeypatch.setattr("mall.notify.sending.TIMEOUT_S", 0.1)
    with dripping(talk, drops, first) as server:
        site = made_site(tmp_path, server.port, smtp="starttls = true")
        began = time.monotonic()
        with pytest.raises(NotifyError, match="no answer in time"):
            send(site)
        assert time.monotonic() - began < 2.0


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotifyError, match=r"127\.0\.0\.1"):
        send(made_site(tmp_path, 9))


@pytest.mark.parametrize(
    ("smtp", "more", "place"),
    [
        ('starttls = false\nuser = "a"\npassword_env = "P"', "", "smtp"),
        ('user = "a"', "", "smtp"),
        ("", '[[notify]]\nid = "b"\nkind = "email"\nto = ["a@b\\nBcc: c@d"]', r"notify\[1\] \(b\)"),
        ("", '[[notify]]\nid = "b"\nkind = "webhook"\nurl = "http://127.0.0.1/"', "secret_env"),
        ("", '[[notify]]\nid = "duty"\nkind = "email"\nto = ["a@b"]', "duty"),
        ("", 'severities = ["loud"]', "severities"),
    ],
)
def test_wrong_tables_are_named(tmp_path: Path, smtp: str, more: str, place: str) -> None:
    with pytest.raises(SiteError, match=place):
        made_site(tmp_path, 25, smtp=smtp, more=more)
