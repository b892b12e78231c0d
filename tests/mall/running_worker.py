"""A worker that runs in a thread of the test, and ends with it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mall.config import Site
from mall.store import Store
from mall.worker import run_worker


@contextmanager
def working(site: Site, ids: Sequence[str], store: Store, *, join_s: float = 10.0) -> Iterator[threading.Thread]:
    """Run a worker of some cameras meanwhile; it must end when told, and without an error."""
    stop, failure = threading.Event(), []

    def work() -> None:
        try:
            run_worker(site, ids, store, stop)
        except Exception as exc:
            failure.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(join_s)
        assert not thread.is_alive()
        assert not failure, failure
