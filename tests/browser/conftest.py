"""A small mall and a browser, opened once for the tests of a file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
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
