"""Who acted, and what people typed, stays in the mall: in what waits, in a webhook, in CAP and in a mail."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from mall.config import Site
from mall.errors import SiteError
from mall.models import Advisory
from mall.notify.notices import Message, notices_of
from mall.notify.outgoing import outgoing
from mall.notify.rendering import as_cap, as_json, as_mail
from mall.site_alarms import NotifySection
from tests.mall.notify.receivers import ALARMS, site_with, webhook
from tests.mall.web.test_api import ADVISORY

NAME, TYPED = "Mori-Aiko", "lady in the red coat"
STEPS = [{"en": "Open gate 2.", "ja": "ゲート 2 を開放。"}]
LIVED = replace(
    ADVISORY, version=7, status="resolved", resolved_at=ADVISORY.raised_at + 9.0, acknowledged_by=f"console:{NAME}",
    acknowledged_at=ADVISORY.raised_at + 1.0, assigned_to=NAME, silenced_by=f"console:{NAME}", silence_reason=TYPED,
    silenced_until=ADVISORY.raised_at + 2.0, ended_by=f"console:{NAME}", changed_by=f"console:{NAME}",
    changed_what="resolved", notes=({"at": 1.0, "by": f"console:{NAME}", "text": TYPED},),
    chosen={"option": "A", "by": f"console:{NAME}", "title": {"en": "Open gate 2"}, "steps": STEPS},
)  # fmt: skip
SMTP = '\n[smtp]\nhost = "127.0.0.1"\nfrom = "mall@example.com"\n'
NAMED = (
    ALARMS
    + SMTP
    + webhook("desk", "http://127.0.0.1:9/")
    + webhook("brigade", "http://127.0.0.1:9/", kind="cap")
    + '\n[[notify]]\nid = "duty"\nkind = "email"\nto = ["abe@example.com"]\n'
)


def message(advisory: Advisory, channel: str) -> Message:
    """Return a message such as an earlier release queued it: with everything."""
    return Message(f"{advisory.id}:7:{channel}", channel, "end", asdict(advisory), 1_795_239_127.0)


def told(site: Site, channel: NotifySection) -> str:
    """Return what a receiver reads."""
    one = message(LIVED, channel.id)
    if channel.kind == "email":
        return str(as_mail(site, one, channel, "mall@example.com").get_content())
    made = as_cap(site, one.of, (), ("en", "ja")) if channel.kind == "cap" else as_json(site, one, channel)
    return made.body.decode()


def test_by_default_nobody_is_named_and_nothing_typed_is_told(tmp_path: Path) -> None:
    site = site_with(tmp_path, NAMED)
    for channel in site.file.notify:
        text = told(site, channel)
        assert NAME not in text, channel.kind
        assert TYPED not in text, channel.kind
    row = json.loads(told(site, site.file.notify[0]))["advisory"]
    assert (row["acknowledged_by"], row["assigned_to"], row["ended_by"]) == ("staff", "staff", "staff")
    assert (row["chosen"]["by"], row["chosen"]["option"]) == ("staff", "A")
    assert row["acknowledged_at"] == LIVED.acknowledged_at
    assert "Acknowledged\n" in told(site, site.file.notify[2]) + "\n"


def test_what_waits_in_the_store_names_nobody_either(tmp_path: Path) -> None:
    site = site_with(tmp_path, NAMED.replace('id = "duty"', 'id = "duty"\nnames = true'))
    open_one = replace(LIVED, status="in_progress", resolved_at=None, silenced_until=None)
    found = notices_of(open_one, None, site.file.notify, ADVISORY.raised_at)
    assert found is not None
    waits = {one.channel: one.to_json().decode() for one in found[1]}
    assert {channel: NAME in text for channel, text in waits.items()} == {"desk": False, "brigade": False, "duty": True}
    assert not any(TYPED in text for text in waits.values())


@pytest.mark.parametrize("channel", ["desk", "duty"])
def test_a_channel_may_ask_for_names_but_never_for_what_was_typed(tmp_path: Path, channel: str) -> None:
    site = site_with(tmp_path, NAMED.replace(f'id = "{channel}"', f'id = "{channel}"\nnames = true'))
    (asks,) = [one for one in site.file.notify if one.id == channel]
    text = told(site, asks)
    assert NAME in text
    assert TYPED not in text


def test_cap_cannot_ask_for_names(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"brigade.*names"):
        site_with(tmp_path, NAMED.replace('id = "brigade"', 'id = "brigade"\nnames = true'))


@pytest.mark.parametrize(
    ("who", "role"), [(None, None), ("engine", "engine"), ("console:engine", "staff"), ("console:森", "staff")]
)
def test_what_becomes_of_a_name(who: str | None, role: str | None) -> None:
    found: Any = outgoing(replace(ADVISORY, ended_by=who), names=False)
    assert found.ended_by == role
