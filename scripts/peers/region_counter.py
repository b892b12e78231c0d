"""Ultralytics' own counter of people in a region, in its own loop: detect, track, count, show nothing."""

from common import PERSON, parsed


def main() -> None:
    """Count a film."""
    from ultralytics import solutions

    run = parsed()
    counter = solutions.RegionCounter(
        show=False, region=run.picture_region(), model=str(run.weights), classes=[PERSON], verbose=False
    )
    for picture in run.frames():
        run.note(sum(counter(picture).region_counts.values()))
    run.tell()


if __name__ == "__main__":
    main()
