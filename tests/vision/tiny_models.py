"""Detection networks of a few nodes, of which everybody can say what they must find; as ONNX files."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Corners in network px, score of a wholly red picture, class; two people (one of them twice), a dog and a doubtful one.
SEEN = np.array(
    [
        [8, 8, 24, 56, 0.9, 0],
        [9, 8, 25, 56, 0.8, 0],
        [40, 16, 56, 60, 0.7, 0],
        [30, 30, 50, 50, 0.95, 1],
        [4, 40, 12, 60, 0.05, 0],
    ],
    np.float32,
)
SIZE = 64
META = {"task": "detect", "stride": "32", "imgsz": f"[{SIZE}, {SIZE}]", "names": "{0: 'person', 1: 'dog'}"}


def anchors(rows: np.ndarray = SEEN, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return the constant part (1, 4 + classes, N) of an output and the part that grows with the picture's red."""
    with np.errstate(invalid="ignore"):
        boxes = np.vstack([(rows[:, :2] + rows[:, 2:4]).T / 2, (rows[:, 2:4] - rows[:, :2]).T])
    scores = np.zeros((classes, len(rows)), np.float32)
    scores[rows[:, 5].astype(int), np.arange(len(rows))] = rows[:, 4]
    still = np.vstack([boxes, np.zeros_like(scores)])[None]
    return still.astype(np.float32), np.vstack([np.zeros_like(boxes), scores])[None].astype(np.float32)


def rows(rows: np.ndarray = SEEN) -> tuple[np.ndarray, np.ndarray]:
    """Return the same for an output (1, N, 6) of a network that chose its boxes itself."""
    is_score = np.arange(6) == 4
    return np.where(is_score, 0, rows)[None].astype(np.float32), np.where(is_score, rows, 0)[None].astype(np.float32)


def write_model(
    path: Path, parts: tuple[np.ndarray, np.ndarray], *, size: tuple[object, object] = (SIZE, SIZE), **meta: str | None
) -> Path:
    """Write a network whose output is ``parts[0] + parts[1] * mean of the red channel``; ``None`` drops an entry."""
    still, growing = parts
    nodes = [
        helper.make_node("Gather", ["images", "red"], ["channel"], axis=1),
        helper.make_node("ReduceMean", ["channel"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["growing", "mean"], ["grown"]),
        helper.make_node("Add", ["still", "grown"], ["output0"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([0], np.int64), "red"),
        numpy_helper.from_array(still, "still"),
        numpy_helper.from_array(growing, "growing"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, *size])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, list(still.shape))],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, {key: value for key, value in {**META, **meta}.items() if value is not None})
    onnx.save(model, path)
    return path
