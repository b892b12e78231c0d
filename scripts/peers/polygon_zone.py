"""Ultralytics' detector as a stream, roboflow trackers' ByteTrack and supervision's PolygonZone."""

from common import PERSON, parsed


def main() -> None:
    """Count a film."""
    import numpy as np
    import supervision
    from trackers import ByteTrackTracker
    from ultralytics import YOLO

    run = parsed()
    model, tracker = YOLO(str(run.weights), task="detect"), ByteTrackTracker()
    zone = supervision.PolygonZone(np.array(run.picture_region()))
    for result in model.predict(str(run.video), stream=True, verbose=False, classes=[PERSON]):
        seen = tracker.update(supervision.Detections.from_ultralytics(result))
        zone.trigger(seen[seen.tracker_id >= 0])
        run.note(zone.current_count)
        if len(run.counts) >= run.limit:
            break
    run.tell()


if __name__ == "__main__":
    main()
