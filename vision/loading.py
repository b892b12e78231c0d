"""How a detector is chosen from the name of its weights; each vendor is imported only where it is needed."""

from pathlib import Path

from vision.detector import DEFAULTS, Detector, Thresholds, WeightsRefusedError
from vision.embedded import embedded_folder
from vision.model_file import is_model_file


def load_detector(weights: str | Path | None, thresholds: Thresholds = DEFAULTS) -> Detector:
    """Load a detector.

    Args:
        weights: None for the embedded detector; a folder with an OpenVINO model; an ``.onnx``, ``.pt`` or ``.engine``
            file; or a name that Ultralytics knows, such as ``yolo11n.pt``, which it fetches on first use.
        thresholds: what to keep of its output.

    Raises:
        WeightsRefusedError: with the reason and what to do.

    """
    if weights is None:
        weights = embedded_folder()
    path = Path(weights)
    if is_model_file(path):
        from vision.openvino_detector import OpenVinoDetector

        return OpenVinoDetector(path, thresholds)
    if path.is_dir():
        raise WeightsRefusedError(f"{path}: no OpenVINO model (*.xml) in this folder")
    from vision.ultralytics_detector import UltralyticsDetector

    return UltralyticsDetector(str(weights), thresholds)
