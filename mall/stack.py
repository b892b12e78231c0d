"""One stack: everything is validated first, then store and processes start, and one loop keeps them alive."""

import contextlib
import http.client
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import structlog

from mall.cameras.eyesight import Sight
from mall.children import child_specs, drill_argv
from mall.commands import check_port
from mall.config import Settings, Site
from mall.distilling.work_folder import drop_leftovers
from mall.drills.keeper import DrillKeeper
from mall.errors import AddressError, StateLockedError, StoreError
from mall.logs import configure_logs, redact
from mall.models import CameraStatus
from mall.popups.devices import DeviceKeys
from mall.setup_start import opened_setup
from mall.site_copy import SiteCopy
from mall.site_file import Camera
from mall.site_watch import SiteWatch, tried_sights
from mall.store import open_store, opened_store
from mall.store.embedded import EmbeddedStore
from mall.store.state import lock_state
from mall.supervisor import Supervisor
from mall.validation import load_valid_site, public_address

POLL_S = 0.1
HEALTH_EVERY_S = 0.3
STATUS_EVERY_S = 1.0
REVIVE_EVERY_S = 2.0
MEMORY_EVERY_S = 10.0
MEMORY_ALARM = 0.8

log = structlog.get_logger()


def run_stack(site_dir: Path, port: int, redis_url: str | None, *, setup: bool = False) -> None:
    """Run a site until a signal asks to stop; with ``setup`` its cameras and plan can be set up on a page.

    Raises:
        SiteError, WeightsError, AddressError, StateLockedError: before anything is started.

    """
    configure_logs("supervisor")
    site = load_valid_site(site_dir)
    sights = check_everything(site, port)
    stopping = _Stopping()
    state = Settings().made_state_dir(site.id)
    if dropped := drop_leftovers(state):
        log.warning("pictures of an interrupted distillation deleted", runs=dropped)
    with (
        lock_state(state, port=port),
        _store(state, site.id, redis_url) as (address, revive),
        opened_setup(setup=setup) as setting_up,
    ):
        running = SiteCopy(state / "running")
        running.take(site)
        # Made before web and devices start, which would otherwise each make their own.
        DeviceKeys.load(state, site)
        environment = _environment(address) | setting_up.environment | running.environment
        supervisor = Supervisor(child_specs(site, port), environment=environment)
        try:
            supervisor.start()
            watch = _StoreWatch(site, address)
            announcement = _Announcement(site, port, address, sights)
            announcement.more = setting_up.told(port)

            def take_up(changed: Site) -> None:
                DeviceKeys.load(state, changed)
                running.take(changed)
                watch.site = changed
                log.warning("site changed", starts=supervisor.adopt(child_specs(changed, port)))

            changes = SiteWatch(site, take_up)
            drills = DrillKeeper(open_store(address, site.id), supervisor.start_beside, drill_argv(site))
            chores = [revive, announcement.look, lambda: watch.badge(supervisor), watch.look, changes.look, drills.look]
            _keep(supervisor, stopping, chores)
        finally:
            log.info("stopping")
            supervisor.stop()
    log.info("stopped")


def check_everything(site: Site, port: int) -> dict[str, Sight]:
    """Refuse what would fail later, cameras and ports; return what each camera will be looked at with."""
    sights = tried_sights(site)
    check_port("127.0.0.1", port)
    if site.file.public.bind is not None:
        check_port(*public_address(site))
    return sights


def _environment(address: str) -> dict[str, str]:
    return {
        "MALL_REDIS_URL": address,
        # Recordings of one site replay together, and go on where the clock stands after a restart.
        "MALL_REPLAY_ANCHOR": os.environ.get("MALL_REPLAY_ANCHOR") or f"{time.time():.3f}",
        "PYTHONUNBUFFERED": "1",
        # Small matrices only: a thread pool per process would fight the detector for the cores.
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1"),
        # FFmpeg and OpenCV print addresses, passwords and all.
        "OPENCV_FFMPEG_LOGLEVEL": "-8",
        "OPENCV_LOG_LEVEL": "ERROR",
    }


@contextlib.contextmanager
def _store(state: Path, site_id: str, redis_url: str | None) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the store's address and what keeps it alive: one of our own, or the one given, once it answers."""
    if redis_url is None:
        with EmbeddedStore(state) as embedded:
            yield embedded.url, _Reviving(embedded).look
        return
    with opened_store(redis_url, site_id, named=redact(redis_url)):
        pass  # it answers
    yield redis_url, lambda: None


class _Reviving:
    """Starts the embedded store again where it died, at the same address."""

    def __init__(self, embedded: EmbeddedStore) -> None:
        self._embedded = embedded
        self._next = 0.0

    def look(self) -> None:
        """Revive the store where it is down and a try is due."""
        if self._embedded.is_running() or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REVIVE_EVERY_S
        try:
            self._embedded.revive()
            log.warning("store revived", pid=self._embedded.pid)
        except (AddressError, StateLockedError) as exc:
            log.error("store cannot be revived", reason=str(exc))


class _Stopping:
    """Set once a signal asks to stop."""

    def __init__(self) -> None:
        self.asked = False
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._ask)

    def _ask(self, _signum: int, _frame: object) -> None:
        self.asked = True


class _Announcement:
    """Says once, when the web answers, where everything is."""

    def __init__(self, site: Site, port: int, address: str, sights: Mapping[str, Sight]) -> None:
        self.site, self.port, self.address = site, port, address
        self.sights = sights
        self.more = ""
        self.done = False
        self._next = 0.0

    def look(self) -> None:
        """Print the summary as soon as ``/healthz`` answers."""
        now = time.monotonic()
        if self.done or now < self._next:
            return
        self._next = now + HEALTH_EVERY_S
        if is_healthy(self.port):
            self.done = True
            sys.stdout.write(self.text())
            sys.stdout.flush()

    def text(self) -> str:
        """Return the lines: address, site, detector, store."""
        site = self.site
        store = "embedded" if self.address.startswith("unix:") else redact(self.address)
        return (
            f"\nMallflow is up: http://127.0.0.1:{self.port}/   (Ctrl-C stops it)\n"
            f"  site      {site.file.site.name} ({site.folder})\n"
            f"  cameras   {', '.join(camera.id for camera in site.cameras) or 'none'}\n"
            f"  detector  {self.detectors()}\n"
            f"  store     {store}, state in {Settings().state_dir(site.id)}\n{self.more}\n"
        )

    def detectors(self) -> str:
        """Return each detector with how far it is trusted, and on how many cameras."""
        groups = Counter((sight.name, sight.trust.fit) for sight in self.sights.values())
        return ", ".join(f"{name} ({fit}, {n} camera{'s' * (n > 1)})" for (name, fit), n in groups.items()) or "none"


def is_healthy(port: int) -> bool:
    """Tell whether the web process answers ``/healthz`` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _StoreWatch:
    """Says of a camera whose process keeps dying that it has failed, and warns of a store that fills."""

    def __init__(self, site: Site, address: str) -> None:
        self.site = site
        self._store = open_store(address, site.id)
        self._badge_due = self._look_due = 0.0
        self._is_full = False

    def badge(self, supervisor: Supervisor) -> None:
        """Publish the state of failed cameras once a second, as their worker would have."""
        now = time.monotonic()
        failed = supervisor.failed_cameras()
        if not failed or now < self._badge_due:
            return
        self._badge_due = now + STATUS_EVERY_S
        try:
            for camera_id in failed:
                self._store.publish_status(failed_status(self.site.camera(camera_id)))
        except StoreError as exc:
            log.warning("store does not answer", reason=str(exc))

    def look(self) -> None:
        """Say once when 80 % of the store's memory are used, and once when they no longer are."""
        if time.monotonic() < self._look_due:
            return
        self._look_due = time.monotonic() + MEMORY_EVERY_S
        try:
            share = self._store.memory_share()
        except StoreError:
            return  # said by those who need it
        is_full = share is not None and share >= MEMORY_ALARM
        if is_full != self._is_full:
            log.error("store fills up" if is_full else "store has room again", used_share=round(share or 0.0, 3))
        self._is_full = is_full


def failed_status(camera: Camera) -> CameraStatus:
    """Return what there is to say of a camera whose process is down."""
    return CameraStatus(
        id=camera.id, level=camera.level, source=camera.kind, condition="failed", epoch="", seq=0,
        period_s=1.0 / camera.rate, rate_fps=0.0, latency_s=None, read=0, processed=0, dropped=0, people=None,
        detector="", fit="unproven", message="its process ended again and again; it is still tried",
    )  # fmt: skip


def _keep(supervisor: Supervisor, stopping: _Stopping, chores: Sequence[Callable[[], None]]) -> None:
    while not stopping.asked:
        supervisor.poll()
        for chore in chores:
            chore()
        time.sleep(POLL_S)
