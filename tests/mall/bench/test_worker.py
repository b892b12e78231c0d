"""The arithmetic of the worker's benchmark; what it measures is no matter for a test."""

import pytest

from mall.bench import worker
from vision.bare_model import Pace


def test_each_worker_is_compared_with_the_bare_model_just_before_and_after_it(capsys):
    bare = [Pace(100.0, 0.010), Pace(80.0, 0.014), Pace(40.0, 0.020)]
    whole = [Pace(81.0, 0.015), Pace(48.0, 0.021)]
    worker._print_table(bare, whole)
    lines = capsys.readouterr().out.splitlines()
    # 81 / 90 and 48 / 60; 15 - 12 and 21 - 17 ms; 18 ms a frame, five times a second for an hour
    assert lines[-1] == "efficiency 0.850 overhead_ms 3.50 cpu_ms_per_frame 18.0 cpu_s_per_camera_hour 324"
    assert [line.split()[0] for line in lines[1:-1]] == ["bare", "worker,", "bare", "worker,", "bare"]
    assert len({len(line) for line in lines[:-1]}) == 1, "columns"


def test_its_site_is_whole_and_offers_the_rate(tmp_path):
    from vision.embedded import embedded_folder

    site = worker.bench_site(tmp_path, embedded_folder(), worker.SAMPLE_SITE / "plaza-west.mp4", 12.5)
    assert len(site.cameras) == worker.CAMERAS
    assert {(camera.rate, camera.fps, camera.loop) for camera in site.cameras} == {(12.5, 12.5, True)}
    assert all(camera.calibration is not None for camera in site.cameras)


def test_a_recording_without_pictures_is_refused(tmp_path):
    from mall.errors import SiteError

    boxes = tmp_path / "boxes.jsonl"
    boxes.write_text('{"camera": "", "frame": 0, "t": 0.0, "boxes": [[1, 2, 3, 4, 0.9]]}\n')
    with pytest.raises(SiteError, match="pictures"):
        worker.first_picture(boxes)
