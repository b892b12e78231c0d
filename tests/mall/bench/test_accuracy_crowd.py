import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mall.bench.accuracy_crowd import calibrated_errors, seen_counts, stratified, told, true_counts

SHARED = Path(__file__).parents[3].parent / "shared"
CROWD = SHARED / "data" / "mall_dev"
REFERENCE = SHARED / "models" / "yolo11n_int8_openvino_model"


@pytest.mark.parametrize("n", [3, 9, 10, 11])
def test_draws_come_from_quiet_middling_and_busy_alike(n):
    seen = np.array([5] * 7 + [10] * 7 + [20] * 7)
    for seed in range(20):
        chosen = stratified(seen, n, np.random.default_rng(seed))
        assert len(set(chosen.tolist())) == n
        counts = [np.count_nonzero(seen[chosen] == value) for value in (5, 10, 20)]
        assert max(counts) - min(counts) <= 1


def test_a_perfect_line_leaves_no_error():
    seen = np.arange(10, 40)
    found = calibrated_errors(seen, 2 * seen + 1, draws=20)
    np.testing.assert_allclose(found[:, 0], 0)
    np.testing.assert_allclose(found[:, 1], 1)
    np.testing.assert_allclose(found[:, 3], 1)
    assert "95 % interval 0.00 to 0.00" in told(seen, 2 * seen + 1)


@pytest.mark.skipif(not REFERENCE.is_dir() or not CROWD.is_dir(), reason="no ../shared: crowd and reference weights")
def test_tiles_are_chosen_by_themselves_where_people_are_small_and_many(tmp_path):
    pictures = sorted((CROWD / "frames").iterdir())[:4]
    for path in pictures:
        shutil.copy(path, tmp_path)
    heads = json.loads((CROWD / "heads.json").read_text())["heads_xy_px"]
    (tmp_path / "heads.json").write_text(json.dumps({"heads_xy_px": {p.name: heads[p.name] for p in pictures}}))
    true = true_counts(tmp_path / "heads.json")
    auto = seen_counts(tmp_path, str(REFERENCE), tiling="auto", masks="[]")
    whole = seen_counts(tmp_path, str(REFERENCE), tiling="off", masks="[]")
    assert np.abs(auto - true).mean() <= 4
    assert np.abs(whole - true).mean() >= 8
