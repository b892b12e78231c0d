"""What each command of the command line does, one process each."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mall.config import Settings, Site
from mall.errors import AddressError
from mall.logs import configure_logs, redact
from mall.popups.devices import DeviceKeys
from mall.recordings.offline import vendor_errors
from mall.setup_link import setup_folder
from mall.site_copy import copied_files
from mall.site_limits import RunningSite
from mall.store import Store, opened_store
from mall.store.opening import open_exercise
from mall.validation import load_valid_site, public_address

DRILL_NICE = 10  # the mall goes first, whatever an exercise needs


def serve_worker(site_dir: Path, camera_ids: list[str], redis_url: str | None) -> None:
    """Run some cameras until a signal asks to stop, or their recordings end."""
    configure_logs(f"worker {' '.join(camera_ids)}")
    site = load_valid_site(site_dir, drafts=copied_files())
    for camera_id in camera_ids:
        site.camera(camera_id)
    stop = stop_on_signal()
    with _opened(site, redis_url) as store, vendor_errors():
        from mall.worker import run_worker

        run_worker(site, camera_ids, store, stop)


def serve_engine(site_dir: Path, redis_url: str | None) -> None:
    """Run the engine until a signal asks to stop."""
    configure_logs("engine")
    site = load_valid_site(site_dir, drafts=copied_files())
    stop = stop_on_signal()
    with _opened(site, redis_url) as store:
        from mall.engine import run_engine
        from mall.forecast_keeper import ForecastKeeper, Together
        from mall.history.keeper import HistoryKeeper

        folder = Settings().history_dir(site.id)
        keeper = Together(HistoryKeeper(site, store, folder), ForecastKeeper(site, store, folder))
        keeper.start()
        run_engine(site, store, stop, keeper, running=RunningSite(site))


def serve_web(site_dir: Path, port: int, redis_url: str | None, *, public: bool = False) -> None:
    """Serve the private listener on 127.0.0.1, or the public one where ``[public] bind`` says."""
    import uvicorn

    configure_logs("public" if public else "web")
    site = load_valid_site(site_dir, drafts=copied_files())
    keys = DeviceKeys.load(Settings().made_state_dir(site.id), site)
    host, port = public_address(site) if public else ("127.0.0.1", port)
    check_port(host, port)
    with _opened(site, redis_url) as store, _exercise(site, redis_url, public=public) as exercise:
        app = _app(site, store, keys, public=public, exercise=exercise)
        # The grace is short because event streams never end by themselves.
        uvicorn.run(
            app, host=host, port=port, timeout_graceful_shutdown=1, log_config=None, access_log=False,
            server_header=False, proxy_headers=False,
        )  # fmt: skip


@contextmanager
def _exercise(site: Site, redis_url: str | None, *, public: bool) -> Iterator[Store | None]:
    """Open the store of the exercise for the private listener; the public sees nothing of it."""
    if public or not redis_url:
        yield None
        return
    store = open_exercise(redis_url, site.id)
    try:
        yield store
    finally:
        store.close()


def _app(site: Site, store: Store, keys: DeviceKeys, *, public: bool, exercise: Store | None) -> Any:
    """Return the application of the private or the public listener."""
    if public:
        from mall.web.public import create_public_app

        return create_public_app(site, store, keys)
    from mall.web.application import create_app

    history, state = Settings().history_dir(site.id), Settings().made_state_dir(site.id)
    setup = _setup(site, store)
    return create_app(site, store, keys, setup=setup, exercise=exercise, history=history, state=state)


def _setup(site: Site, store: Store) -> Any:
    """Return what the setup page asks, None where the stack was started without it."""
    folder = setup_folder()
    if folder is None:
        return None
    from mall.setup.desk import SetupDesk

    return SetupDesk(site.folder, Settings().made_state_dir(site.id), folder, store)


def check_port(host: str, port: int) -> None:
    """Refuse a port that somebody holds, and a host that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise AddressError(f"{host}:{port}: {exc.strerror}; choose another with --port or PORT=…") from exc


def serve_asked_drill(site_dir: Path, redis_url: str | None) -> None:
    """Play the drill that people asked for, until it is over or a signal asks to stop."""
    configure_logs("drill")
    site = load_valid_site(site_dir, drafts=copied_files())
    stop = stop_on_signal()
    os.nice(DRILL_NICE)
    from mall.drills.running import serve_drill

    serve_drill(site, redis_url, stop)


def serve_devices(site_dir: Path, port: int) -> None:
    """Run the simulated kits until a signal asks to stop."""
    from mall.popups.kit_simulator import run_kit_simulator

    configure_logs("devices")
    site = load_valid_site(site_dir, drafts=copied_files())
    keys = DeviceKeys.load(Settings().made_state_dir(site.id), site)
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
    with opened_store(redis_url, site.id, named=redact(redis_url)) as store:
        yield store
