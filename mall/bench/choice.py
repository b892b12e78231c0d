"""Benchmarks by name: each prints a table, and as its last line ``name value [name value …]``."""

from collections.abc import Callable

from mall.errors import SiteError

NAMES = ("worker", "store", "web", "fusion")


def run_bench(name: str) -> None:
    """Run one benchmark on this machine.

    Raises:
        SiteError: there is none of that name.

    """
    benchmarks: dict[str, Callable[[], None]] = {"worker": _worker, "store": _store, "web": _web, "fusion": _fusion}
    if name not in benchmarks:
        raise SiteError(f"no benchmark {name!r} (there are: {', '.join(NAMES)})")
    benchmarks[name]()


def _worker() -> None:
    from mall.bench.worker import run

    run()


def _store() -> None:
    from mall.bench.store import run

    run()


def _web() -> None:
    from mall.bench.web import run

    run()


def _fusion() -> None:
    from mall.bench.fusion import run

    run()
