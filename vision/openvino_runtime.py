"""The only file that knows OpenVINO: models are opened, compiled and run from here, without torch."""

from typing import Any

import cv2

from vision.detector import WeightsRefusedError
from vision.model_file import ModelFile
from vision.quiet import silence_vendors

Size = tuple[int, int]
# Left alone, OpenVINO calculates in bfloat16 where the processor can: no faster for these models, and boxes would then
# move by pixels from one machine to the next, where an accuracy card is meant to hold.
COMPILING = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}


def runtime() -> Any:
    """Return OpenVINO, silenced before it is imported."""
    silence_vendors()
    import openvino

    return openvino


def read_model(core: Any, file: ModelFile) -> Any:
    """Return a model with one input (1, 3, height, width).

    Raises:
        WeightsRefusedError: it cannot be read, or has another input.

    """
    try:
        model = core.read_model(file.path)
        shape = model.input(0).partial_shape
    except RuntimeError as exc:
        raise WeightsRefusedError(f"{file.path}: not a readable model: {str(exc).splitlines()[0]}") from exc
    if len(model.inputs) != 1 or len(shape) != 4 or not (shape[0].is_dynamic or shape[0].get_length() == 1):
        raise WeightsRefusedError(f"{file.path}: expected one input (1, 3, height, width), got {shape}")
    return model


def fixed_size(model: Any) -> Size | None:
    """Return the only (height, width) px that a model takes, None where it takes any."""
    shape = model.input(0).partial_shape
    return None if shape[2].is_dynamic or shape[3].is_dynamic else (shape[2].get_length(), shape[3].get_length())


def taking_pictures(model: Any) -> Any:
    """Let a model itself take uint8 BGR pictures in rows, cheaper than doing it in numpy, and give float32."""
    openvino = runtime()
    steps = openvino.preprocess.PrePostProcessor(model)
    tensor = steps.input().tensor()
    tensor.set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    tensor.set_color_format(openvino.preprocess.ColorFormat.BGR)
    for number in range(len(model.outputs)):
        steps.output(number).tensor().set_element_type(openvino.Type.f32)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    to_model = steps.input().preprocess().convert_element_type(openvino.Type.f32)
    to_model.convert_color(openvino.preprocess.ColorFormat.RGB).scale(255.0)
    return steps.build()


cv2.setNumThreads(1)  # the streams of the model use every core already
