"""What each command of the command line does, one process each."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mall.config import Settings, Site, load_site
from mall.errors import AddressError, StoreError
from mall.logs import configure_logs, redact
from mall.offline import vendor_errors
from mall.store import Store, open_store


def serve_worker(site_dir: Path, camera_ids: list[str], redis_url: str | None) -> None:
    """Run some cameras until a signal asks to stop, or their recordings end."""
    configure_logs(f"worker {' '.join(camera_ids)}")
    site = load_site(site_dir.resolve())
    for camera_id in camera_ids:
        site.camera(camera_id)
    stop = stop_on_signal()
    with _opened(site, redis_url) as store, vendor_errors():
        from mall.worker import run_worker

        run_worker(site, camera_ids, store, stop)


def serve_engine(site_dir: Path, redis_url: str | None) -> None:
    """Run the engine until a signal asks to stop."""
    configure_logs("engine")
    site = load_site(site_dir.resolve())
    stop = stop_on_signal()
    with _opened(site, redis_url) as store:
        from mall.engine import run_engine

        run_engine(site, store, stop)


def serve_web(site_dir: Path, port: int, redis_url: str | None, *, public: bool = False) -> None:
    """Serve the private listener on 127.0.0.1, or the public one where ``[public] bind`` says."""
    import uvicorn

    from mall.popups.devices import DeviceKeys

    configure_logs("public" if public else "web")
    site = load_site(site_dir.resolve())
    keys = DeviceKeys.load(Settings().state_dir(site.id), site)
    with _opened(site, redis_url) as store:
        if public:
            from mall.stack import public_address
            from mall.web.public import create_public_app

            host, port = public_address(site)
            app = create_public_app(site, store, keys)
        else:
            from mall.web.application import create_app

            host, app = "127.0.0.1", create_app(site, store, keys)
        # The grace is short because event streams never end by themselves.
        uvicorn.run(
            app, host=host, port=port, timeout_graceful_shutdown=1, log_config=None, access_log=False,
            server_header=False, proxy_headers=False,
        )  # fmt: skip


def serve_devices(site_dir: Path, port: int) -> None:
    """Run the simulated kits until a signal asks to stop."""
    from mall.popups.devices import DeviceKeys
    from mall.popups.kit_simulator import run_kit_simulator

    configure_logs("devices")
    site = load_site(site_dir.resolve())
    keys = DeviceKeys.load(Settings().state_dir(site.id), site)
    run_kit_simulator(site, f"http://127.0.0.1:{port}", keys, stop_on_signal())


def stop_on_signal() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def ask(_signum: int, _frame: object) -> None:
        # From a thread of its own: the main thread may hold the event's lock at the instant the signal arrives.
        threading.Thread(target=stop.set, daemon=True).start()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return stop


@contextmanager
def _opened(site: Site, redis_url: str | None) -> Iterator[Store]:
    if not redis_url:
        raise AddressError("no store address: give --redis URL or set REDIS_URL (only `run` brings a store of its own)")
    try:
        store = open_store(redis_url, site.id)
        store.ping()
    except StoreError as exc:
        raise AddressError(f"{redact(redis_url)}: {exc}") from exc
    try:
        yield store
    finally:
        store.close()
