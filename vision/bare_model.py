"""A model alone, as fast as the processor runs it: what the whole camera path is measured against."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.detector import Image
from vision.letterbox import letterbox_for
from vision.model_file import read_model_file
from vision.openvino_runtime import COMPILING, fixed_size, read_model, runtime


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model runs: pictures a second, and seconds of processor time a picture."""

    per_second: float
    cpu_s: float


class BareModel:
    """A model alone in OpenVINO's throughput mode: ready-made input, nothing before or after it.

    Args:
        path: as for ``read_model_file``.
        picture: (H, W, 3), prepared once.

    """

    def __init__(self, path: Path, picture: Image) -> None:
        file = read_model_file(path)
        core = runtime().Core()
        model = read_model(core, file)
        self._given = network_input(picture, file.made_for, fixed=fixed_size(model))
        model.reshape(list(self._given.shape))
        self._queue = runtime().AsyncInferQueue(core.compile_model(model, "CPU", COMPILING))

    def pace(self, seconds: float) -> Pace:
        """Measure for so long."""
        for _ in range(2 * len(self._queue)):
            self._queue.start_async({0: self._given}, share_inputs=True)
        self._queue.wait_all()
        began, cpu, count = time.monotonic(), time.process_time(), 0
        while time.monotonic() - began < seconds:
            self._queue.start_async({0: self._given}, share_inputs=True)
            count += 1
        self._queue.wait_all()
        return Pace(count / (time.monotonic() - began), (time.process_time() - cpu) / count)


def network_input(picture: Image, size: int, *, fixed: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """Return (1, 3, H, W) RGB, 0 to 1: a picture as models take it that have not learnt to take pictures."""
    fitted = letterbox_for(picture.shape[:2], size, fixed=fixed).apply(picture)
    return np.ascontiguousarray(fitted[None, :, :, ::-1].transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)
