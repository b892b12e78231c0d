"""The only file that knows OpenVINO: a YOLO detection model run directly, without torch, several pictures at a time."""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, local
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from vision.detections import Detections
from vision.detector import Image, Thresholds, WeightsRefusedError, person_class
from vision.letterbox import Letterbox, letterbox_for
from vision.nms import non_maximum_suppression
from vision.quiet import silence_vendors

MAX_COMPILED_SHAPES = 6
MAX_PEOPLE = 300
# Left alone, OpenVINO calculates in bfloat16 where the processor can: no faster for these models, and boxes would then
# move by pixels from one machine to the next, where an accuracy card is meant to hold.
COMPILING = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}


class OpenVinoDetector:
    """A YOLO detection model in OpenVINO's format, of fixed or dynamic picture size.

    Args:
        folder: holds one ``*.xml``, its ``*.bin`` and Ultralytics' ``metadata.yaml``.
        thresholds: what to keep of the output.

    Raises:
        WeightsRefusedError: if the folder does not hold such a model, or it does not detect people.

    """

    def __init__(self, folder: Path, thresholds: Thresholds) -> None:
        silence_vendors()
        import openvino

        self.thresholds = thresholds
        xml, metadata = _read_folder(folder)
        self._person = person_class(metadata, str(folder))
        self.name = xml.stem
        self.digest = _digest(xml)
        self._core = openvino.Core()
        self._model = _read_model(self._core, xml, len(metadata["names"]))
        self._stride = int(metadata.get("stride") or 32)
        shape = self._model.input(0).partial_shape
        self._fixed = None if shape[2].is_dynamic else (shape[2].get_length(), shape[3].get_length())
        made_for = metadata.get("imgsz") or [640, 640]
        self.input_size = max(self._fixed) if self._fixed else int(thresholds.input_size or max(made_for))
        if not self._fixed and not shape[0].is_dynamic and shape[0].get_length() != 1:
            raise WeightsRefusedError(f"{folder}: expected a batch of 1, got {shape[0]}")
        self._model = _with_preprocessing(openvino, self._model)
        self._compiled: dict[tuple[int, int], Any] = {}
        self._lock = Lock()
        self._requests = local()
        self._workers = self._open_pool()

    def _open_pool(self) -> ThreadPoolExecutor:
        """Compile once for a common picture, and open as many threads as the model runs streams.

        One picture is looked at before there are threads: OpenVINO sets up its link to numpy at the first one, and two
        threads that meet in there wait for each other for ever, one with the interpreter's lock in its hand.
        """
        size = self._fixed or (self.input_size, self.input_size)
        compiled = self._compile(size)
        blank = np.zeros((1, *size, 3), np.uint8)
        compiled.create_infer_request().infer({0: blank}, share_inputs=True, share_outputs=True)
        streams = int(compiled.get_property("NUM_STREAMS"))
        if not self._fixed:
            self._compiled.clear()
        return ThreadPoolExecutor(max(1, 2 * streams), thread_name_prefix="detect")

    def submit(self, image: Image) -> Future[Detections]:
        """Start on one picture (H, W, 3) and return at once."""
        return self._workers.submit(self._detect_one, image)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """Find the people of several pictures, as many at a time as the processor has streams for."""
        return [future.result() for future in [self.submit(image) for image in images]]

    def close(self) -> None:
        """Finish what is under way and let the threads go."""
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _detect_one(self, image: Image) -> Detections:
        fit = letterbox_for(image.shape[:2], self.input_size, fixed=self._fixed, stride=self._stride)
        request = self._request(fit.size)
        output = request.infer({0: fit.apply(image)[None]}, share_inputs=True, share_outputs=True)
        return self._decode(output[0][0], fit)

    def _request(self, size: tuple[int, int]) -> Any:
        """Return this thread's own inference request for pictures of a size (height, width)."""
        model = self._compile(size)
        held = getattr(self._requests, "held", None)
        if held is None or held[0] is not model:
            held = (model, model.create_infer_request())
            self._requests.held = held
        return held[1]

    def _compile(self, size: tuple[int, int]) -> Any:
        with self._lock:
            if size not in self._compiled:
                if len(self._compiled) >= MAX_COMPILED_SHAPES:
                    self._compiled.pop(next(iter(self._compiled)))
                model = self._model.clone()
                model.reshape([1, *size, 3])
                self._compiled[size] = self._core.compile_model(model, "CPU", COMPILING)
            return self._compiled[size]

    def _decode(self, output: NDArray[np.float32], fit: Letterbox) -> Detections:
        """Turn (4 + classes, anchors) into people; an anchor counts where ``person`` is its best class."""
        person = output[4 + self._person]
        keep = np.flatnonzero(person > self.thresholds.confidence)  # few of thousands, so only they are compared
        keep = keep[output[4:, keep].argmax(axis=0) == self._person]
        centre, half = output[:2, keep].T, output[2:4, keep].T / 2
        boxes = np.hstack([centre - half, centre + half]).astype(np.float32)
        confidence = person[keep]
        kept = non_maximum_suppression(boxes, confidence, self.thresholds.iou)[:MAX_PEOPLE]
        return Detections(fit.to_picture(boxes[kept]), np.clip(confidence[kept], 0, 1))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model runs: pictures a second, and seconds of processor time a picture."""

    per_second: float
    cpu_s: float


def bare_pace(folder: Path, picture: Image, *, input_size: int | None, seconds: float) -> Pace:
    """Measure a model alone in OpenVINO's throughput mode: ready-made input, nothing before or after it.

    Args:
        folder: the model.
        picture: (H, W, 3), prepared once.
        input_size: as for ``Thresholds``.
        seconds: how long to measure.

    """
    silence_vendors()
    import openvino

    xml, metadata = _read_folder(folder)
    core = openvino.Core()
    model = core.read_model(xml)
    shape = model.input(0).partial_shape
    fixed = None if shape[2].is_dynamic else (shape[2].get_length(), shape[3].get_length())
    given = _network_input(picture, input_size or max(metadata["imgsz"]), fixed)
    model.reshape(list(given.shape))
    queue = openvino.AsyncInferQueue(core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"}))
    for _ in range(2 * len(queue)):
        queue.start_async({0: given}, share_inputs=True)
    queue.wait_all()
    began, cpu, count = time.monotonic(), time.process_time(), 0
    while time.monotonic() - began < seconds:
        queue.start_async({0: given}, share_inputs=True)
        count += 1
    queue.wait_all()
    return Pace(count / (time.monotonic() - began), (time.process_time() - cpu) / count)


def quantise(folder: Path, pictures: Sequence[Image], target: Path) -> None:
    """Write an int8 twin of a floating-point model, its ranges taken from pictures; the box decoding stays exact.

    Args:
        folder: model in floating point with a dynamic picture size, as Ultralytics exports it.
        pictures: what it will see, (H, W, 3) BGR each.
        target: folder for the int8 model and its metadata.

    """
    silence_vendors()
    import nncf
    import openvino

    xml, metadata = _read_folder(folder)
    size = int(max(metadata["imgsz"]))
    model = openvino.Core().read_model(xml)
    names = [op.get_friendly_name() for op in model.get_ordered_ops()]
    sigmoids = [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "Sigmoid"]
    head = sigmoids[-1].split("/", 1)[0]
    exact = sorted({*sigmoids, *(name for name in names if name.startswith((f"{head}/", f"{head}.dfl")))})
    inputs = [_network_input(picture, size) for picture in pictures]
    smaller = nncf.quantize(
        model,
        nncf.Dataset(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(inputs),
        ignored_scope=nncf.IgnoredScope(names=exact),
    )
    target.mkdir(parents=True, exist_ok=True)
    openvino.save_model(smaller, target / xml.name)
    metadata["args"] = {**(metadata.get("args") or {}), "int8": True}
    (target / "metadata.yaml").write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")


def _network_input(picture: Image, size: int, fixed: tuple[int, int] | None = None) -> NDArray[np.float32]:
    fitted = letterbox_for(picture.shape[:2], size, fixed=fixed).apply(picture)
    return np.ascontiguousarray(fitted[None, :, :, ::-1].transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def _read_folder(folder: Path) -> tuple[Path, dict[str, Any]]:
    models = sorted(folder.glob("*.xml"))
    if len(models) != 1 or not models[0].with_suffix(".bin").is_file():
        raise WeightsRefusedError(f"{folder}: expected one *.xml with its *.bin, found {len(models)} *.xml")
    try:
        metadata = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise WeightsRefusedError(f"{folder}: no readable metadata.yaml beside the model: {exc}") from exc
    if not isinstance(metadata, dict):
        raise WeightsRefusedError(f"{folder}/metadata.yaml: expected a mapping")
    return models[0], metadata


def _digest(xml: Path) -> str:
    digest = hashlib.sha256(xml.read_bytes())
    digest.update(xml.with_suffix(".bin").read_bytes())
    return digest.hexdigest()[:16]


def _read_model(core: Any, xml: Path, classes: int) -> Any:
    try:
        model = core.read_model(xml)
        output = model.output(0).partial_shape
    except RuntimeError as exc:
        raise WeightsRefusedError(f"{xml}: not a readable OpenVINO model: {str(exc).splitlines()[0]}") from exc
    if len(model.inputs) != 1 or len(output) != 3 or output[1].is_dynamic or output[1].get_length() != 4 + classes:
        raise WeightsRefusedError(f"{xml}: expected output (1, {4 + classes}, N) for {classes} classes, got {output}")
    return model


def _with_preprocessing(openvino: Any, model: Any) -> Any:
    """Let the model itself take uint8 BGR pictures in rows: cheaper than doing it in numpy."""
    steps = openvino.preprocess.PrePostProcessor(model)
    tensor = steps.input().tensor()
    tensor.set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    tensor.set_color_format(openvino.preprocess.ColorFormat.BGR)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    to_model = steps.input().preprocess().convert_element_type(openvino.Type.f32)
    to_model.convert_color(openvino.preprocess.ColorFormat.RGB).scale(255.0)
    return steps.build()


cv2.setNumThreads(1)  # the streams of the model use every core already
