"""The tables of ``site.toml`` that say how advisories are lived with and to whom they are told."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from mall.advisory import SEVERITIES, Severity
from mall.site_base import Section, Slug

Minutes = Annotated[float, Field(ge=0, le=1440)]
EnvName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


def _mail_address(text: str) -> str:
    """Return a mail address; ValueError where it is none, or could break a header."""
    if not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+", text) or not text.isprintable():
        raise ValueError(f"expected a mail address, got {text!r:.60}")
    return text


def time_of_day(value: str) -> str:
    """Return a time of day from 00:00 to 23:59; ValueError for anything else."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII):
        raise ValueError(f"expected a time of day from 00:00 to 23:59, got {value!r:.20}")
    return value


MailAddress = Annotated[str, AfterValidator(_mail_address)]


class AlarmsSection(Section):
    """``[alarms]``: the times of an advisory's life, by severity; ``hosts``: where webhooks may go."""

    self_test_at: Annotated[str, AfterValidator(time_of_day)] | None = None
    escalate_after_min: dict[Severity, Minutes] = Field(default_factory=dict)
    silence_most_min: dict[Severity, Minutes] = Field(default_factory=dict)
    again_within_min: Minutes | None = None
    hosts: tuple[str, ...] = ()


class SmtpSection(Section):
    """``[smtp]``: the mail server; the password is in the environment, under the name ``password_env``."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    user: str = ""
    password_env: EnvName | None = None
    from_: MailAddress = Field(alias="from")

    @model_validator(mode="after")
    def _no_open_password(self) -> Self:
        if self.user and not self.starttls:
            raise ValueError("user: a password is sent with starttls only")
        if bool(self.user) != bool(self.password_env):
            raise ValueError("user and password_env: expected both or neither")
        return self


class NotifySection(Section):
    """``[[notify]]``: one way to tell people or systems.

    ``escalation``: only what nobody acknowledged in time; ``names``: it is told who acts, otherwise only that somebody
    does.
    """

    id: Slug
    kind: Literal["webhook", "email", "cap"]
    url: str = Field(default="", max_length=2000)
    to: tuple[MailAddress, ...] = ()
    severities: tuple[Severity, ...] = SEVERITIES[1:]
    languages: tuple[Literal["en", "ja"], ...] = ()
    secret_env: EnvName | None = None
    escalation: bool = False
    names: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = ("to",) if self.kind == "email" else ("url", "secret_env")
        for name in needed:
            if not getattr(self, name):
                raise ValueError(f"{name}: missing; kind {self.kind!r} needs it")
        if self.names and self.kind == "cap":
            raise ValueError("names: messages of kind 'cap' name nobody")
        return self
