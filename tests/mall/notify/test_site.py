"""The tables of a site that name who is told: wrong ones are refused by name, odd ones are said by ``check``."""

from pathlib import Path

import pytest

from mall.errors import SiteError
from mall.notify.problems import channel_problems
from mall.validation import validate_site
from tests.mall.notify.receivers import ALARMS, site_with, webhook

URL = "http://127.0.0.1:9/x"


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (ALARMS + webhook("a", "file:///etc/passwd"), r"notify \(a\)\.url: expected an address that begins with"),
        (ALARMS + webhook("a", "http://169.254.169.254/"), r"notify \(a\)\.url: host '169.254.169.254' is not one of"),
        (webhook("a", URL), r"notify \(a\)\.url: host '127.0.0.1' is not one of \[alarms\] hosts"),
        ('\n[alarms]\nself_test_at = "05:30"\n', r"alarms\.self_test_at: there is no \[\[notify\]\] to test"),
        ('\n[alarms]\nself_test_at = "25:30"\n', r"alarms\.self_test_at: expected a time of day"),
        ("\n[alarms]\nescalate_after_min = { loud = 3 }\n", r"alarms\.escalate_after_min\.loud"),
        ("\n[alarms]\nsilence_most_min = { act = -1 }\n", r"alarms\.silence_most_min\.act"),
        ("\n[alarms]\nescalate_after_min = { act = nan }\n", r"alarms\.escalate_after_min\.act"),
        (ALARMS + webhook("a", URL) + webhook("a", URL), "notify id 'a' stands twice"),
        (ALARMS + webhook("a", URL).replace("HOOK_SECRET", "hook secret"), r"notify\[0\] \(a\)\.secret_env"),
        ('\n[[notify]]\nid = "m"\nkind = "email"\nto = ["a@example.com"]\n', r"smtp: missing"),
        ('\n[[notify]]\nid = "m"\nkind = "sms"\n', r"notify\[0\] \(m\)\.kind"),
    ],
)
def test_wrong_tables_are_named(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(SiteError, match=told):
        validate_site(site_with(tmp_path, toml))


def test_what_deserves_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    smtp = '\n[smtp]\nhost = "mail"\nuser = "a"\npassword_env = "MAIL_PASSWORD"\nfrom = "a@example.com"\n'
    site = site_with(tmp_path, ALARMS + smtp + webhook("a", URL, kind="cap"))
    validate_site(site)
    told = [(problem.place.rpartition(": ")[2], problem.severity) for problem in channel_problems(site)]
    assert told == [
        ("notify (a).secret_env", "warning"), ("notify (a)", "warning"), ("smtp.password_env", "warning"),
    ]  # fmt: skip
    monkeypatch.setenv("HOOK_SECRET", "x")
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    assert len(list(channel_problems(site))) == 1
