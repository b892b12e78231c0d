"""One message on its way through its channel: signed, sent, taken or not."""

import os
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeAlias
from urllib.parse import quote

from mall.config import Site
from mall.errors import NotifyError
from mall.notify.addresses import check_url
from mall.notify.notices import Message
from mall.notify.rendering import as_cap, as_json, as_mail, languages_of
from mall.notify.webhook import TIMEOUT_S, Watchdog, post, sign
from mall.site_alarms import NotifySection, SmtpSection

Send: TypeAlias = Callable[[Message], None]


def sender_of(site: Site, channel: NotifySection) -> Send:
    """Return what sends a channel's messages; it raises NotifyError where one is not taken."""
    if channel.kind == "email":
        return lambda message: _mail(site, channel, message)
    return lambda message: _post(site, channel, message)


def _post(site: Site, channel: NotifySection, message: Message) -> None:
    hosts = site.file.alarms.hosts
    try:
        target = check_url(channel.url, hosts)
    except ValueError as exc:
        raise NotifyError(str(exc)) from exc
    if channel.kind == "cap":
        made = as_cap(site, message.of, message.sent, languages_of(site, channel))
    else:
        made = as_json(site, message, channel)
    # Header values are ASCII; an id with other letters is told percent-encoded, and signed so.
    stamp, message_id = str(int(time.time())), quote(message.id, safe=":/.-_")
    signature = sign(_secret(channel.secret_env), stamp, message_id, made.body)
    headers = {"Content-Type": made.media_type, "X-Mall-Id": message_id, "X-Mall-Timestamp": stamp}
    headers["Idempotency-Key"] = f'"{message_id}"'  # draft-ietf-httpapi-idempotency-key-header
    post(target, made.body, headers | {"X-Mall-Signature": signature}, hosts)


def _mail(site: Site, channel: NotifySection, message: Message) -> None:
    smtp = site.file.smtp
    if smtp is None:
        raise NotifyError("[smtp]: missing")
    password = _secret(smtp.password_env).decode() if smtp.user else ""
    mail = as_mail(site, message, channel, smtp.from_)
    watchdog = Watchdog(4 * TIMEOUT_S)
    try:
        _deliver(smtp, password, mail, watchdog)
    except smtplib.SMTPAuthenticationError as exc:
        raise NotifyError(f"{smtp.host}: the server refuses the login ({exc.smtp_code})") from exc
    except (OSError, smtplib.SMTPException) as exc:
        is_late = isinstance(exc, TimeoutError) or watchdog.is_late
        reason = "no answer in time" if is_late else " ".join(str(exc).split())[:200]
        raise NotifyError(f"{smtp.host}: {reason or type(exc).__name__}") from exc


def _deliver(smtp: SmtpSection, password: str, mail: EmailMessage, watchdog: Watchdog) -> None:
    with watchdog, _Server(smtp.host, smtp.port, watchdog) as server:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.user:
            server.login(smtp.user, password)
        server.send_message(mail)


class _Server(smtplib.SMTP):
    """A mail server whose connection is watched from its first byte on."""

    def __init__(self, host: str, port: int, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        super().__init__(host, port, timeout=TIMEOUT_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        link = socket.create_connection((host, port), timeout)
        self._watchdog.watch(link)
        return link


def _secret(name: str | None) -> bytes:
    """Return a secret of the environment."""
    found = os.environ.get(name or "", "")
    if not found:
        raise NotifyError(f"the environment has no {name}")
    return found.encode()
