"""One process's cameras: a thread reads each, one loop looks at whichever frame is due and publishes what it saw."""

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from functools import partial

from gis.homography import CalibrationError
from mall.cameras.camera_path import CameraPath
from mall.cameras.eye import Eye
from mall.cameras.eye_status import status_of
from mall.cameras.eyesight import base_thresholds, sight_of, trust_of, weights_of
from mall.cameras.pace import FairShare
from mall.cameras.setup_still import StillDesk, Watched, Witness
from mall.cameras.trial import naming
from mall.config import Site
from mall.errors import DetectorHungError, StoreError
from mall.lifeline import beat
from mall.logs import redact
from mall.models import PointFrame
from mall.setup_link import LinkServer, setup_folder
from mall.site_file import Camera
from mall.store import Store
from vision.detector import Detector, WeightsRefusedError
from vision.loading import load_detector

log = logging.getLogger(__name__)

STATUS_PERIOD_S = 1.0
CLOCK_PERIOD_S = 10.0
STORE_RETRY_S = 0.5
LONGEST_WAIT_S = 0.1
DETECTOR_PATIENCE_S = 60.0
FIRST_PATIENCE_S = 180.0  # for a camera's first picture: its detector may have to be compiled on a busy machine


def run_worker(site: Site, camera_ids: Sequence[str], store: Store, stop: threading.Event) -> None:
    """Analyse some cameras of a site until told to stop, or until every recording has ended.

    Raises:
        SiteError, WeightsError: if not one of the cameras can be analysed; naming the first and the reason.
        DetectorHungError: a detector does not answer any more; only a new process helps.

    """
    worker = Worker(site, store, stop)
    try:
        worker.open([site.camera(camera_id) for camera_id in camera_ids])
        while not stop.is_set() and not worker.is_done:
            worker.turn()
    finally:
        worker.close()


class Worker:
    """The loop's state."""

    def __init__(self, site: Site, store: Store, stop: threading.Event) -> None:
        self._site, self._store, self._stop = site, store, stop
        self._wake = threading.Event()
        self._eyes: list[Eye] = []
        self._share = FairShare()
        self._detectors: dict[tuple[object, ...], Detector] = {}
        self._epoch = secrets.token_hex(4)
        self._status_due = 0.0
        self._clock_due = 0.0
        self._clock_offset_s = time.time() - time.monotonic()
        self._store_quiet_until = 0.0
        self._store_lost = False
        self._setup: tuple[StillDesk, LinkServer] | None = None

    @property
    def is_done(self) -> bool:
        """Tell whether every recording has ended and its last frame was looked at."""
        return all(eye.feed.ended and eye.pending is None and not eye.feed.mailbox.waiting for eye in self._eyes)

    def open(self, cameras: Sequence[Camera]) -> None:
        """Set every camera up; one that cannot be is marked as failed, unless none can."""
        refused: list[tuple[Camera, Exception]] = []
        for camera in cameras:
            try:
                eye = self._eye(camera)
                self._eyes.append(eye)
                self._give_sight(eye)
            except (WeightsRefusedError, CalibrationError) as exc:
                refused.append((camera, exc))
                self._keep_failed(camera, f"{exc}")
            beat()  # not before: until the first word a large detector has the longer time to load
        if len(refused) == len(cameras) and refused:
            camera, first = refused[0]
            with naming(self._site, camera):
                raise first
        self._open_setup()
        self._share = FairShare(max((detector.at_a_time for detector in self._detectors.values()), default=1))
        for eye in self._eyes:
            if not eye.trouble:
                source = eye.camera.source if eye.camera.is_address else self._site.source_path(eye.camera)
                eye.feed.start(source, self._stop)

    def _open_setup(self) -> None:
        """Answer the setup page, where the stack was started with it."""
        folder = setup_folder()
        if folder is None:
            return
        watched = []
        for eye in self._eyes:
            eye.witness = Witness()
            watched.append(Watched(eye.camera, eye.witness, eye.detector, partial(getattr, eye, "trouble")))
        desk = StillDesk(self._site, watched)
        try:
            self._setup = (desk, LinkServer(folder, [eye.camera.id for eye in self._eyes], desk.answer))
        except OSError as exc:  # its folder was tidied away, perhaps: counting goes on without it
            log.error("the setup page gets no answers from here: %s", exc)

    def _eye(self, camera: Camera) -> Eye:
        path = CameraPath(camera, rate=camera.rate, first_id=secrets.randbelow(1 << 31))
        return Eye(camera, path, epoch=self._epoch, notify=self._wake.set)

    def _keep_failed(self, camera: Camera, trouble: str) -> None:
        """Keep a camera that cannot be analysed in the list, so that its status says why."""
        self._eyes = [eye for eye in self._eyes if eye.camera.id != camera.id]
        blind = self._eye(camera.model_copy(update={"calibration": None, "plane": ()}))
        blind.fail(redact(trouble))
        self._eyes.append(blind)

    def _give_sight(self, eye: Eye) -> None:
        """Load the detector, shared by the cameras that use the same one in the same way."""
        camera = eye.camera
        path = None if camera.is_address else self._site.source_path(camera)
        if not camera.is_boxes:
            thresholds = base_thresholds(camera)
            weights = weights_of(self._site, camera)
            if (weights, thresholds) not in self._detectors:
                self._detectors[weights, thresholds] = load_detector(weights, thresholds)
            eye.detector = sight_of(camera, self._detectors[weights, thresholds])
        eye.trust = trust_of(self._site, camera, eye.detector, recording=path)

    def turn(self) -> None:
        """Wait for a frame or a result, then do everything that can be done without waiting."""
        beat()
        self._wake.wait(LONGEST_WAIT_S)
        self._wake.clear()
        self._read_clock()
        seen = [(eye, points) for eye in self._eyes if (points := self._finish(eye)) is not None]
        self._look()  # once all are known whose place is free, and before the store is asked for anything
        for eye, points in seen:
            self._publish(eye, points)
        if time.monotonic() >= self._status_due:
            self._status_due = time.monotonic() + STATUS_PERIOD_S
            self._publish_statuses()

    def _finish(self, eye: Eye) -> PointFrame | None:
        """Return what a camera saw, if its detector is done."""
        self._refuse_to_wait(eye)
        try:
            return eye.finish(self._clock_offset_s)
        except Exception as exc:  # one camera's trouble, whatever it is, stays its own
            eye.fail(str(exc))
            return None

    def _refuse_to_wait(self, eye: Eye) -> None:
        patience_s = DETECTOR_PATIENCE_S if eye.has_looked else FIRST_PATIENCE_S
        if eye.waiting_s > patience_s:
            name = eye.detector.name if eye.detector else "none"
            raise DetectorHungError(
                f"camera {eye.camera.id}: detector {name} has not answered for {patience_s:.0f} s; this process ends"
            )

    def _look(self) -> None:
        """Start on the frames that are due, as far as the machine has places, fairly among the cameras."""
        for eye in self._share.turns(self._eyes):
            try:
                eye.look()
            except Exception as exc:  # one camera's trouble, whatever it is, stays its own
                eye.fail(str(exc))
            if eye.is_ready:
                self._wake.set()  # recorded boxes are ready at once

    # -- the store -------------------------------------------------------------------------------------------------

    def _read_clock(self) -> None:
        """Follow the store's clock and the cameras' sequence marks, from time to time and after an outage."""
        if time.monotonic() < self._clock_due or not self._is_store_due:
            return
        try:
            before = time.monotonic()
            at = self._store.time()
            self._clock_offset_s = at - (before + time.monotonic()) / 2
            for eye in self._eyes:
                eye.seq = max(eye.seq, self._store.last_seq(eye.camera.id))
        except StoreError as exc:
            self._lose_store(exc)
            return
        self._clock_due = time.monotonic() + CLOCK_PERIOD_S
        self._regain_store()

    @property
    def _is_store_due(self) -> bool:
        return time.monotonic() >= self._store_quiet_until

    def _publish(self, eye: Eye, points: PointFrame) -> None:
        """Write one frame; while the store is away frames are let go, for old ones are of no use."""
        if not self._is_store_due or self._store_lost:
            return
        try:
            if not self._store.publish_points(points):
                eye.seq = max(eye.seq, self._store.last_seq(eye.camera.id))
        except StoreError as exc:
            self._lose_store(exc)

    def _publish_statuses(self) -> None:
        if not self._is_store_due or self._store_lost:
            return
        try:
            for eye in self._eyes:
                self._store.publish_status(status_of(eye, time.monotonic()))
        except StoreError as exc:
            self._lose_store(exc)

    def _lose_store(self, exc: StoreError) -> None:
        if not self._store_lost:
            log.error("store lost: %s", exc)
        self._store_lost = True
        self._clock_due = 0.0
        self._store_quiet_until = time.monotonic() + STORE_RETRY_S

    def _regain_store(self) -> None:
        if self._store_lost:
            log.warning("store back")
        self._store_lost = False

    def close(self) -> None:
        """Stop the readers and let the detectors go; a last status says how each camera stands."""
        self._stop.set()
        if self._setup is not None:
            desk, link = self._setup
            link.close()
            desk.close()
        self._publish_statuses()
        for detector in self._detectors.values():
            detector.close()
