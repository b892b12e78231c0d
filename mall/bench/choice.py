"""Benchmarks by name: each prints a table, and as its last line ``name value [name value …]``."""

from importlib import import_module

from mall.errors import SiteError

NAMES = (
    "worker", "store", "web", "idle", "geometry", "curves", "peers", "fusion", "situations", "options", "history",
    "forecast", "viewers",
)  # fmt: skip


def run_bench(name: str) -> None:
    """Run one benchmark on this machine.

    Raises:
        SiteError: there is none of that name.

    """
    if name not in NAMES:
        raise SiteError(f"no benchmark {name!r} (there are: {', '.join(NAMES)})")
    import_module(f"mall.bench.{name}").run()
