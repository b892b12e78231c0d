"""A YOLO detection model run by OpenVINO, several pictures at a time."""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias
from weakref import WeakMethod, ref

import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.detector import Image, Thresholds, WeightsRefusedError
from vision.heads import Head, Read
from vision.letterbox import GREY, Letterbox, letterbox_for
from vision.model_file import read_model_file
from vision.openvino_runtime import COMPILING, fixed_size, read_model, runtime, taking_pictures
from vision.turns import Turns

log = logging.getLogger(__name__)

MAX_COMPILED_SHAPES = 6
REQUESTS_A_STREAM = 2  # one is calculated while the other's answer is read and its next picture fitted
CLOSE_PATIENCE_S = 5.0
_WARM_UP_STRIDES = 2


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Slot:
    """One inference request, with the memory that its pictures are fitted into."""

    request: Any
    canvas: Image
    read: Read
    turns: "Requests"
    look: "_Look | None" = None
    fit: Letterbox | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One picture with how it is fitted and who waits for its people."""

    image: Image
    fit: Letterbox
    answer: Future[Detections]


Requests: TypeAlias = Turns[_Slot, _Look]


def _called_back(who: tuple[WeakMethod[Any], ref[_Slot]]) -> None:
    """Pass on an answer. What OpenVINO holds no collector can see: held weakly, requests go with their detector."""
    end, slot = who[0](), who[1]()
    if end is not None and slot is not None:
        end(slot)


class OpenVinoDetector:
    """A YOLO detection model in OpenVINO's format or ONNX, of fixed or dynamic picture size.

    Pictures are handed to OpenVINO's own asynchronous requests in turn; its threads calculate, none of ours waits.

    Args:
        path: as for ``read_model_file``.
        thresholds: what to keep of the output.

    Raises:
        WeightsRefusedError: if there is no such model, or it does not detect people.

    """

    def __init__(self, path: Path, thresholds: Thresholds) -> None:
        self.thresholds = thresholds
        file = read_model_file(path)
        self.name, self.digest, self._file = file.path.stem, file.digest, file
        self._head = Head(file.person, file.classes, thresholds)
        self._core = runtime().Core()
        model = read_model(self._core, file)
        self._fixed = fixed_size(model)
        self.input_size = max(self._fixed) if self._fixed else int(thresholds.input_size or file.made_for)
        self._model = taking_pictures(model)
        self.unusable = 0
        self._shapes: OrderedDict[tuple[int, int], Requests] = OrderedDict()
        self._under_way: set[_Slot] = set()
        self._lock = Lock()
        self._warm_up()
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="compile")

    def _warm_up(self) -> None:
        """Look at one small picture before there are threads, which also proves the model.

        OpenVINO sets up its link to numpy at the first one, and two threads that meet in there wait for each other for
        ever, one with the interpreter's lock in its hand.
        """
        small = _WARM_UP_STRIDES * self._file.stride
        turns: Requests = Turns(self._begin)
        try:
            slots = self._slots(self._fixed or (small, small), turns)
            slots[0].request.infer()
        except RuntimeError as exc:
            raise WeightsRefusedError(f"{self._file.path}: cannot be run: {str(exc).splitlines()[0]}") from exc
        self.at_a_time = len(slots) // REQUESTS_A_STREAM
        slots[0].read(slots[0].request.get_output_tensor(0).data)
        if self._fixed:
            turns.add(slots)
            self._shapes[self._fixed] = turns

    def submit(self, image: Image) -> Future[Detections]:
        """Start on one picture (H, W, 3) and return at once; an empty one shows nobody."""
        answer: Future[Detections] = Future()
        if image.ndim != 3 or image.shape[2] != 3:
            answer.set_exception(ValueError(f"expected a picture of shape (H, W, 3), got {image.shape}"))
        elif not image.size:
            answer.set_result(Detections.empty())
        else:
            fit = letterbox_for(image.shape[:2], self.input_size, fixed=self._fixed, stride=self._file.stride)
            if not self._turns(fit.size).ask(_Look(image, fit, answer)):
                answer.set_exception(RuntimeError(f"{self._file.path}: the detector was closed"))
        return answer

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find the people of several pictures, as many at a time as the processor has streams for."""
        return [future.result() for future in [self.submit(image) for image in images]]

    def close(self) -> None:
        """Finish what is under way and let the requests go; one that hangs is left behind."""
        self._compiler.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            shapes, self._shapes = list(self._shapes.values()), OrderedDict()
        for turns in shapes:
            for look in turns.dismiss():
                look.answer.cancel()
        if not all(turns.wait_until_back(CLOSE_PATIENCE_S) for turns in shapes):
            log.error("detector %s: a picture was not finished", self.name)

    def _turns(self, size: tuple[int, int]) -> Requests:
        """Return the requests for pictures of a size (height, width); new ones are being made meanwhile."""
        with self._lock:
            turns = self._shapes.get(size)
            if turns is None:
                if len(self._shapes) >= MAX_COMPILED_SHAPES:
                    self._shapes.popitem(last=False)
                turns = self._shapes[size] = Turns(self._begin)
                self._compiler.submit(self._open, size, turns)
            self._shapes.move_to_end(size)
            return turns

    def _open(self, size: tuple[int, int], turns: Requests) -> None:
        """Make the requests for a size; where that fails, whoever waits for them hears of it."""
        try:
            turns.add(self._slots(size, turns))
        except Exception as exc:  # whatever the vendor raises
            with self._lock:
                self._shapes.pop(size, None)
            for look in turns.dismiss():
                look.answer.set_exception(exc)

    def _slots(self, size: tuple[int, int], turns: Requests) -> list[_Slot]:
        model = self._model.clone()
        model.reshape([1, *size, 3])
        read = self._head.reader(tuple(model.output(0).shape), str(self._file.path))
        compiled = self._core.compile_model(model, "CPU", COMPILING)
        slots = []
        for _ in range(REQUESTS_A_STREAM * max(1, int(compiled.get_property("NUM_STREAMS")))):
            request = compiled.create_infer_request()
            slot = _Slot(request, request.get_input_tensor(0).data[0], read, turns)
            slot.canvas[:] = GREY
            request.set_callback(_called_back, (WeakMethod(self._end), ref(slot)))
            slots.append(slot)
        return slots

    def _begin(self, slot: _Slot, look: _Look) -> bool:
        if not look.answer.set_running_or_notify_cancel():
            return False
        try:
            look.fit.fill(slot.canvas, look.image, clean=slot.fit == look.fit)
            slot.fit, slot.look = look.fit, look
            self._under_way.add(slot)
            slot.request.start_async()
        except Exception as exc:  # what is wrong with a picture belongs to that picture
            slot.fit = slot.look = None
            self._under_way.discard(slot)
            look.answer.set_exception(exc)
            return False
        return True

    def _end(self, slot: _Slot) -> None:
        """Read an answer, in OpenVINO's one thread for callbacks, and pass the request on."""
        look, slot.look = slot.look, None
        if look is None:
            return  # the warm-up's
        self._under_way.discard(slot)
        found: Detections | Exception
        try:
            found = self._people(*slot.read(slot.request.get_output_tensor(0).data), look.fit)
        except Exception as exc:  # nothing may escape into the vendor's thread
            found = exc
        slot.turns.give_back(slot)
        if isinstance(found, Exception):
            look.answer.set_exception(found)
        else:
            look.answer.set_result(found)

    def _people(self, boxes: NDArray[np.float32], confidence: NDArray[np.float32], fit: Letterbox) -> Detections:
        """Return them in the picture's pixels; what is no box of finite numbers is dropped and counted."""
        found, unusable = Detections.usable(boxes, confidence)
        if unusable and not self.unusable:
            log.warning("detector %s: boxes that are not numbers, or inside out, are dropped", self.name)
        self.unusable += unusable
        return Detections(fit.to_picture(found.xyxy), found.confidence)
