import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from vision.detections import Detections
from vision.nms import inside_matrix
from vision.tiling import AUTO_GRID, SURENESS, TilingDetector, Verdict, merge_tiles, tile_boxes


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (480, 640), (7, 5), (1, 1)])
@pytest.mark.parametrize("grid", [(1, 2), (2, 2), (3, 2), (6, 6)])
def test_tiles_cover_every_pixel_and_stay_inside(size, grid):
    tiles = tile_boxes(size, grid)
    seen = np.zeros(size[::-1], int)
    for x1, y1, x2, y2 in tiles:
        assert 0 <= x1 < x2
        assert 0 <= y1 < y2
        seen[y1:y2, x1:x2] += 1
    assert seen.min() >= 1
    assert len(tiles) == grid[0] * grid[1]
    if min(size) > 100:
        assert max(max(x2 for _, _, x2, _ in tiles) - size[0], max(t[3] for t in tiles) - size[1]) == 0


def test_neighbours_share_a_fifth_of_a_tile():
    (a, _, b, _), (c, _, d, _) = tile_boxes((1800, 100), (2, 1))
    assert (a, b, c, d) == (0, 1000, 800, 1800)


def people(*rows):
    return Detections.from_rows(np.array(rows, np.float32).reshape(-1, 5))


def cut_out(everybody, tile):
    """What a perfect detector sees of boxes in a tile, in the tile's own pixels."""
    x1, y1, x2, y2 = tile
    shown = np.clip(everybody.xyxy, [x1, y1, x1, y1], [x2, y2, x2, y2]) - [x1, y1, x1, y1]
    visible = (shown[:, 2] - shown[:, 0] > 3) & (shown[:, 3] - shown[:, 1] > 3)
    return Detections(shown[visible], everybody.confidence[visible])


@pytest.mark.parametrize("seed", range(20))
def test_a_perfect_detector_counts_nobody_twice_and_loses_nobody(seed):
    """The oracle is the scene itself: small people apart from one another, seen whole and in tiles."""
    rng = np.random.default_rng(seed)
    cells = rng.choice(20 * 8, 40, replace=False)
    left, top = (cells % 20) * 32.0 + rng.uniform(0, 10, 40), (cells // 20) * 60.0 + rng.uniform(0, 10, 40)
    width, height = rng.uniform(8, 20, 40), rng.uniform(20, 45, 40)
    scene = people(*np.column_stack([left, top, left + width, top + height, rng.uniform(0.3, 0.9, 40)]))
    tiles = tile_boxes((640, 480), (3, 2))
    parts = [(tile, cut_out(scene, tile)) for tile in tiles]
    for whole in (scene, Detections.empty()):
        merged = merge_tiles(whole, parts, size=(640, 480), iou=0.6)
        assert len(merged) == 40
        same = inside_matrix(merged.xyxy, scene.xyxy).max(axis=1)
        assert (same > 0.99).all()


def test_a_large_person_comes_from_the_whole_picture_and_its_parts_are_not_people():
    whole = people([100, 20, 250, 460, 0.5])
    parts = [
        ((0, 0, 247, 267), people([110, 25, 240, 260, 0.9])),
        ((0, 213, 247, 480), people([105, 0, 245, 240, 0.9])),
    ]
    merged = merge_tiles(whole, parts, size=(640, 480), iou=0.6)
    np.testing.assert_array_equal(merged.xyxy, whole.xyxy)


def test_someone_whom_only_a_seam_shows_counts_once():
    parts = [((0, 0, 240, 480), people([230, 100, 240, 150, 0.8])), ((200, 0, 440, 480), people())]
    assert len(merge_tiles(Detections.empty(), parts, size=(440, 480), iou=0.6)) == 1
    unsure = [(parts[0][0], people([230, 100, 240, 150, 0.2])), parts[1]]
    assert len(merge_tiles(Detections.empty(), unsure, size=(440, 480), iou=0.6)) == 0


def test_nothing_merges_to_nothing():
    assert len(merge_tiles(Detections.empty(), [], size=(1, 1), iou=0.6)) == 0
    assert len(merge_tiles(Detections.empty(), [((0, 0, 1, 1), Detections.empty())], size=(1, 1), iou=0.6)) == 0


def rows_of(n, height, confidence=0.5):
    return people(*[[30.0 * i, 0, 30.0 * i + 10, height, confidence] for i in range(n)])


def test_a_sparse_or_large_scene_is_never_tiled():
    for n, height in ((0, 50), (6, 40), (11, 40), (40, 200)):
        verdict = Verdict()
        assert not any(verdict.wants_tiles(rows_of(n, height), 1.0) for _ in range(200)), (n, height)


def test_a_crowd_is_tiled_at_once_and_one_quiet_picture_changes_nothing():
    verdict = Verdict()
    assert verdict.wants_tiles(rows_of(20, 60), 1.0)
    for _ in range(30):
        assert verdict.wants_tiles(rows_of(20, 60), 1.0)
    assert verdict.wants_tiles(rows_of(0, 60), 1.0), "one picture is no change of scene"
    switched = [verdict.wants_tiles(rows_of(10, 60), 1.0) for _ in range(200)]
    assert all(switched), "between the limits nothing changes"
    assert not [verdict.wants_tiles(rows_of(3, 60), 1.0) for _ in range(200)][-1]


def test_tiles_that_find_nobody_new_are_given_up_for_a_while():
    verdict = Verdict()
    scene = rows_of(20, 60)
    wanted = []
    for _ in range(700):
        wanted.append(verdict.wants_tiles(scene, 1.0))
        if wanted[-1]:
            assert not verdict.are_worth_it(scene, scene)
    assert 2 <= sum(wanted) <= 4, "tried again from time to time, and only then"


class Scripted:
    """Answers with what a list holds, in the order asked; completion order is the test's."""

    name, digest, input_size = "scripted", "0", 640

    def __init__(self):
        self.asked = []

    def submit(self, image):
        future = Future()
        self.asked.append((image, future))
        return future

    def close(self):
        pass


def picture():
    return np.zeros((480, 640, 3), np.uint8)


def crowd():
    return rows_of(20, 60, 0.3)


def test_answers_come_in_order_whatever_comes_first():
    base = Scripted()
    detector = TilingDetector(base, "auto", confidence=0.25, iou=0.6)
    first, second = detector.submit(picture()), detector.submit(picture())
    base.asked[1][1].set_result(crowd())
    assert not second.done(), "the second picture's verdict needs the first's"
    base.asked[0][1].set_result(crowd())
    tiles = AUTO_GRID[0] * AUTO_GRID[1]
    assert len(base.asked) == 2 + tiles
    for _, future in base.asked[2:][::-1]:
        future.set_result(people([20, 30, 30, 90, 0.6]))
    assert first.done()
    assert len(base.asked) == 2 + 2 * tiles
    for _, future in base.asked[2 + tiles :]:
        future.set_result(people([20, 30, 30, 90, 0.6]))
    assert second.done()
    assert len(first.result()) == 20 + tiles


def test_confidences_mean_the_same_after_tiling_and_weak_boxes_go_without_it():
    base = Scripted()
    tiled = TilingDetector(base, (2, 1), confidence=0.25, iou=0.6)
    answer = tiled.submit(picture())
    base.asked[0][1].set_result(people([0, 0, 10, 40, 0.16], [100, 0, 110, 40, 0.14]))
    for _, future in base.asked[1:]:
        future.set_result(Detections.empty())
    np.testing.assert_allclose(answer.result().confidence, [0.16 / SURENESS])
    sparse = TilingDetector(Scripted(), "auto", confidence=0.25, iou=0.6)
    answer = sparse.submit(picture())
    sparse._base.asked[0][1].set_result(people([0, 0, 10, 40, 0.24], [100, 0, 110, 40, 0.26]))
    np.testing.assert_allclose(answer.result().confidence, [0.26])


def test_a_detector_that_fails_fails_that_picture_only():
    base = Scripted()
    detector = TilingDetector(base, (2, 1), confidence=0.25, iou=0.6)
    first, second = detector.submit(picture()), detector.submit(picture())
    base.asked[0][1].set_exception(RuntimeError("no memory"))
    base.asked[1][1].set_result(Detections.empty())
    base.asked[2][1].cancel()
    base.asked[3][1].set_result(Detections.empty())
    with pytest.raises(RuntimeError, match="no memory"):
        first.result(0)
    assert second.exception(0) is not None


def test_many_threads_give_what_one_gives():
    rng = np.random.default_rng(0)
    pause = threading.Event()

    class Random:
        name, digest, input_size = "random", "0", 640

        def __init__(self, workers):
            self.pool = ThreadPoolExecutor(workers)

        def submit(self, image):
            return self.pool.submit(self.find, image)

        def find(self, image):
            pause.wait(float(rng.uniform(0, 0.002)))
            n = int(image[0, 0, 0])
            return rows_of(n, 60, 0.5) if image.shape[1] == 640 else rows_of(n // 2, 30, 0.5)

        def close(self):
            self.pool.shutdown()

    pictures = [np.full((480, 640, 3), n, np.uint8) for n in [5, 20, 20, 3, 3, 25, 14, 9] * 5]
    found = []
    for workers in (1, 4):
        detector = TilingDetector(Random(workers), "auto", confidence=0.25, iou=0.6)
        found.append([len(d) for d in detector.detect(pictures)])
        detector.close()
    assert found[0] == found[1]
