"""A small mall and a browser, opened once for the tests of a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.browser.setup_desk import Desk
    from tests.browser.setup_twin import SetupTwin
    from tests.browser.small_mall import Mall


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Mall]":
    from tests.browser.small_mall import Mall  # only with a browser, which not every machine has

    with Mall(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from tests.browser.small_mall import CHROMIUM, FLAGS, sync_api

    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def twin(tmp_path: Path) -> "Iterator[SetupTwin]":
    """Start the setup page with a twin of its interface."""
    from tests.browser.setup_desk import open_twin

    with open_twin(tmp_path) as found:
        yield found


@pytest.fixture
def desk(browser: Any, twin: "SetupTwin") -> "Iterator[Desk]":
    """Open a browser's page for it; any complaint fails the test."""
    from tests.browser.setup_desk import Desk

    with Desk(browser, twin) as found:
        yield found
