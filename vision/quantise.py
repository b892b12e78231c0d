"""Make a model smaller: eight bits in place of floating point, where that costs nothing."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from vision.bare_model import network_input
from vision.detector import Image
from vision.model_file import folder_metadata_file, read_model_file
from vision.openvino_runtime import runtime


def quantise(folder: Path, pictures: Sequence[Image], target: Path) -> None:
    """Write an int8 twin of a floating-point model, its ranges taken from pictures; the box decoding stays exact.

    Args:
        folder: model in floating point with a dynamic picture size, as Ultralytics exports it.
        pictures: what it will see, (H, W, 3) BGR each.
        target: folder for the int8 model and its metadata.

    """
    openvino = runtime()
    import nncf

    file = read_model_file(folder)
    model = openvino.Core().read_model(file.path)
    names = [op.get_friendly_name() for op in model.get_ordered_ops()]
    sigmoids = [op.get_friendly_name() for op in model.get_ordered_ops() if op.get_type_name() == "Sigmoid"]
    head = sigmoids[-1].split("/", 1)[0]
    exact = sorted({*sigmoids, *(name for name in names if name.startswith((f"{head}/", f"{head}.dfl")))})
    inputs = [network_input(picture, file.made_for) for picture in pictures]
    smaller = nncf.quantize(
        model,
        nncf.Dataset(inputs),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(inputs),
        ignored_scope=nncf.IgnoredScope(names=exact),
    )
    target.mkdir(parents=True, exist_ok=True)
    openvino.save_model(smaller, target / file.path.name)
    metadata = yaml.safe_load(folder_metadata_file(folder).read_text(encoding="utf-8"))
    metadata["args"] = {**(metadata.get("args") or {}), "int8": True}
    folder_metadata_file(target).write_text(yaml.safe_dump(metadata, sort_keys=False), encoding="utf-8")
