"""Choose the pictures: spread over the time, a later part of it held out, and where there is a choice the busy ones.

Neighbouring frames are nearly the same picture, so what is held out is never drawn at random: it is the last stretch of
every camera, with a gap before it. Held-out pictures are taken evenly, without any choice, so that they tell the truth.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vision.detections import Detections
from vision.detector import Image
from vision.distill.shelf import Part
from vision.frames import Frame
from vision.recording import Recording

CANDIDATES = 3
HELD_SHARE, STOP_SHARE = 0.25, 0.125
FEWEST = 8
"""Pictures of a camera below which no part would hold enough to say anything."""
GAP = 0.02  # of the time, between two parts
SURE, UNSURE = 0.4, 0.1

Choose = Callable[[Sequence[Image]], int]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in time for one picture.

    Attributes:
        part: what the picture is for; number: within the camera.
        at: moments to choose from; until: its end, after which no picture belongs here; all shares 0…1 of the time.

    """

    part: Part
    number: int
    at: tuple[float, ...]
    until: float = 1.0


def plan_slots(wanted: int, *, only_held: bool = False) -> list[Slot]:
    """Return where the pictures of one camera are taken, in time order.

    Args:
        wanted: pictures in all.
        only_held: the camera is compared on and not learnt from.

    Raises:
        ValueError: fewer than 8 pictures.

    """
    if wanted < FEWEST:
        raise ValueError(f"expected at least {FEWEST} pictures a camera, got {wanted}")
    if only_held:
        return _stretch("held", 0, wanted, (0.0, 1.0))
    held, stop = round(wanted * HELD_SHARE), max(1, round(wanted * STOP_SHARE))
    train = wanted - held - stop
    first, second = train / wanted, (train + stop) / wanted
    return [
        *_stretch("train", 0, train, (0.0, first)),
        *_stretch("stop", train, stop, (first + GAP, second)),
        *_stretch("held", train + stop, held, (second + GAP, 1.0)),
    ]


def _stretch(part: Part, first: int, count: int, span: tuple[float, float]) -> list[Slot]:
    """Return ``count`` slots that share a span of time evenly."""
    candidates = CANDIDATES if part == "train" else 1
    width = (span[1] - span[0]) / count
    steps = (np.arange(candidates) + 0.5) / candidates
    return [
        Slot(
            part,
            first + index,
            tuple(float(span[0] + (index + step) * width) for step in steps),
            span[0] + (index + 1) * width,
        )
        for index in range(count)
    ]


def interest(found: Detections) -> float:
    """Return how much there is to learn from a picture: people, and twice those the old detector is unsure of.

    What the old detector is unsure of is where a stronger one is likeliest to disagree with it; asking the teacher
    about every candidate would cost three times as much.
    """
    sure = np.count_nonzero(found.confidence >= SURE)
    unsure = np.count_nonzero((found.confidence >= UNSURE) & (found.confidence < SURE))
    return float(sure + 2 * unsure)


def sample_recording(recording: Recording, slots: Iterable[Slot], choose: Choose) -> Iterator[tuple[Slot, Image]]:
    """Yield a picture for each slot of a recording, read once and forwards; a slot without pictures is left out."""
    used = -1
    for slot in slots:
        indices = sorted({recording.index_at(at * recording.duration_s) for at in slot.at})
        images = [image for index in indices if index > used and isinstance(image := recording.read(index), np.ndarray)]
        used = max(used, *indices)
        if images:
            yield slot, _best(images, choose)


def sample_stream(
    frames: Iterable[Frame], slots: Sequence[Slot], span_s: float, choose: Choose
) -> Iterator[tuple[Slot, Image]]:
    """Yield a picture for each slot of a live stream that is watched for ``span_s`` seconds from its first frame.

    A slot in whose time no frame came is left out: a later frame could belong to another part.
    """
    waiting, images = list(slots), list[Image]()
    started: float | None = None
    served = 0  # moments of the first waiting slot that are over
    for frame in frames:
        if not isinstance(frame.image, np.ndarray):
            continue
        started = frame.captured_at if started is None else started
        share = (frame.captured_at - started) / span_s
        while waiting and (served == len(waiting[0].at) or share >= waiting[0].until):
            slot = waiting.pop(0)
            if images:
                yield slot, _best(images, choose)
            images, served = [], 0
        if not waiting:
            return
        passed = sum(at <= share for at in waiting[0].at)
        if passed > served:
            images.append(frame.image)
            served = passed


def _best(images: Sequence[Image], choose: Choose) -> Image:
    return images[choose(images)] if len(images) > 1 else images[0]
