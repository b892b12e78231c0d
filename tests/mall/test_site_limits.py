"""Other limits are taken up by what runs; everything else starts processes anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mall.children import child_specs
from mall.config import Site
from mall.setup.files import read_quietly
from mall.site_copy import COPY_VARIABLE, SiteCopy
from mall.site_limits import RunningSite
from tests.mall.setup.small_site import TOML, write_site

LIMITS = "[limits.density-walkway]\nwatch = 0.9\n"
PUBLIC = "[limits.shop]\npublic = 1\n"


def restarted(before: Site, after: Site) -> set[str]:
    specs = {spec.name: spec for spec in child_specs(before, 8000)}
    return {spec.name for spec in child_specs(after, 8000) if not specs[spec.name].is_part_of(spec)}


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (TOML + LIMITS, set()),
        (TOML + "# a note\n", set()),
        (TOML + '[limits."density-walkway.shop"]\non_delay_s = 5\n', set()),
        (TOML + PUBLIC, {"engine", "web"}),
        (TOML + LIMITS + PUBLIC, {"engine", "web"}),
        (TOML.replace("Small", "Large") + LIMITS, {"engine", "web"}),
        (TOML + "[alarms]\nagain_within_min = 3\n" + LIMITS, {"engine", "web"}),
    ],
)
def test_what_starts_anew(tmp_path: Path, text: str, starts: set[str]) -> None:
    assert restarted(write_site(tmp_path / "a"), write_site(tmp_path / "a", text)) == starts


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[RunningSite, Callable[[str], None]]:
    copies = SiteCopy(tmp_path / "copies")
    monkeypatch.setenv(COPY_VARIABLE, copies.environment[COPY_VARIABLE])
    site = write_site(tmp_path / "site")
    copies.take(site)

    def take(text: str) -> None:
        copies.take(write_site(tmp_path / "site", text))

    return RunningSite(read_quietly(site.folder)), take


def test_limits_that_the_stack_runs_on_are_taken_up_once(stack: tuple[RunningSite, Callable[[str], None]]) -> None:
    running, take = stack
    before = running.site
    assert (running.look(), running.site is before) == (False, True)
    take(TOML + LIMITS)
    assert (running.look(), running.look()) == (True, False)
    assert running.site.file.limits == {"density-walkway": {"watch": 0.9}}
    assert running.site.version not in ("", before.version)
    assert running.site.plan is before.plan
    take(TOML)
    assert (running.look(), running.site.file.limits, running.site.version) == (True, {}, before.version)


def test_what_is_written_and_not_taken_up_by_the_stack_is_not_seen(
    stack: tuple[RunningSite, Callable[[str], None]],
) -> None:
    running, _ = stack
    (running.site.folder / "site.toml").write_text(TOML + LIMITS)
    assert (running.look(), running.site.file.limits) == (False, {})


@pytest.mark.parametrize("text", [TOML.replace("Small", "Large") + LIMITS, TOML + LIMITS + PUBLIC])
def test_a_process_that_will_be_started_anew_mixes_no_versions(
    stack: tuple[RunningSite, Callable[[str], None]], text: str
) -> None:
    running, take = stack
    take(text)
    assert (running.look(), running.site.file.limits, running.site.file.site.name) == (False, {}, "Small")


def test_without_a_stack_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COPY_VARIABLE, raising=False)
    running = RunningSite(write_site(tmp_path))
    write_site(tmp_path, TOML + LIMITS)
    assert running.look() is False
    monkeypatch.setenv(COPY_VARIABLE, str(tmp_path / "gone"))
    assert RunningSite(read_quietly(tmp_path)).look() is False
