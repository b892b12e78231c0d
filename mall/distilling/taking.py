"""Take the pictures of every camera, from its recording or live, onto the shelf."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mall.distilling.order import Order
from mall.errors import SiteError
from vision.detector import Detector, Image
from vision.distill.labelling import Viewpoint
from vision.distill.sampling import UNSURE, Slot, interest, plan_slots, sample_recording, sample_stream
from vision.distill.shelf import PARTS, Picture, Shelf
from vision.loading import load_detector
from vision.recording import Recording
from vision.source import live_frames, open_recording

log = logging.getLogger(__name__)

STREAM_GRACE_S = 60.0
FEWEST_HELD = 2


def take(order: Order, shelf: Shelf, tick: Callable[[], None]) -> None:
    """Take the pictures that are not there yet; masked places are blanked before a picture is written.

    Raises:
        SiteError: a camera gave too few pictures.
        SourceRefusedError: a source cannot be read.

    """
    for name, view in order.views.items():
        slots = slots_of(order, name)
        missing = [slot for slot in slots if not shelf.has(Picture(name, slot.number, slot.part))]
        for _ in range(len(slots) - len(missing)):
            tick()
        if missing:
            _take_camera(order, shelf, view, missing, tick)
        _refuse_too_few(order, shelf, name)


def slots_of(order: Order, name: str) -> list[Slot]:
    """Return where the pictures of a camera, or of a recording that is mixed in, are taken."""
    slots = plan_slots(order.pictures_of(name), only_held=name in order.request.checks)
    if name not in order.mixed:
        return slots
    return [replace(slot, part="train") for slot in slots]  # nothing of it is compared on


def _take_camera(order: Order, shelf: Shelf, view: Viewpoint, slots: Sequence[Slot], tick: Callable[[], None]) -> None:
    detector = load_detector(order.old.get(view.camera), replace(view.thresholds(), confidence=UNSURE))
    try:
        for slot, image in _sampled(order, view, slots, detector):
            shelf.put(Picture(view.camera, slot.number, slot.part), view.blank(image))
            tick()
    finally:
        detector.close()


def _sampled(order: Order, view: Viewpoint, slots: Sequence[Slot], detector: Detector) -> Iterator[tuple[Slot, Image]]:
    def choose(images: Sequence[Image]) -> int:
        found = detector.detect([view.blank(image) for image in images])
        return max(range(len(images)), key=lambda index: interest(found[index]))

    if view.camera not in order.mixed and order.site.camera(view.camera).is_address:
        yield from _watched(order, view.camera, slots, choose)
        return
    recording = _open(order, view.camera)
    try:
        yield from sample_recording(recording, slots, choose)
    finally:
        recording.close()


def _open(order: Order, name: str) -> Recording:
    if name in order.mixed:
        return open_recording(order.mixed[name])
    camera = order.site.camera(name)
    return open_recording(order.site.source_path(camera), fps=camera.fps, camera=camera.id)


def _watched(
    order: Order, name: str, slots: Sequence[Slot], choose: Callable[[Sequence[Image]], int]
) -> Iterator[tuple[Slot, Image]]:
    """Watch a live camera for the time that was asked, and give up a minute later where it stays silent."""
    span_s = order.request.watch_minutes * 60
    stop = threading.Event()
    timer = threading.Timer(span_s + STREAM_GRACE_S, stop.set)
    timer.daemon = True
    timer.start()
    try:
        source = order.site.camera(name).source
        frames = live_frames(source, stop, lambda news: log.info("camera %s: stream %s", name, news))
        yield from sample_stream(frames, slots, span_s, choose)
    finally:
        stop.set()
        timer.cancel()


def _refuse_too_few(order: Order, shelf: Shelf, name: str) -> None:
    if name in order.mixed:
        return
    camera = order.site.camera(name)
    counts = {part: len(shelf.pictures(part, camera=name)) for part in PARTS}
    is_checked = name in order.request.checks
    if counts["held"] < FEWEST_HELD or not (is_checked or (counts["train"] and counts["stop"])):
        text = ", ".join(f"{part} {counts[part]}" for part in PARTS)
        raise SiteError(f"{order.site.place(camera, 'source')}: too few pictures came of it ({text})")
