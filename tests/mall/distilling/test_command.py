"""Around the run: the audit before a picture and after the last, and nothing left whatever happens."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mall.distilling import command
from mall.distilling.command import audited
from mall.distilling.order import Order
from mall.distilling.work_folder import HOME
from mall.errors import SiteError, StoreError
from mall.store import MemoryStore
from tests.mall.distilling.test_taking import order_of
from vision.distill.shelf import Picture, Shelf

Run = Callable[[Order, Shelf, Path], str]


@pytest.fixture
def order(tmp_path: Path) -> Order:
    (tmp_path / "site").mkdir()
    (tmp_path / "state").mkdir()
    return order_of(tmp_path / "site", 20)


def running(monkeypatch: pytest.MonkeyPatch, book: MemoryStore, error: BaseException | None) -> None:
    def run(_order: Order, shelf: Shelf, _out: Path) -> str:
        assert [row["what"] for row in book.read_audit(9)] == ["distillation pictures kept"]
        shelf.put(Picture("c", 0, "train"), np.zeros((9, 9, 3), np.uint8))
        if error is not None:
            raise error
        return "done"

    monkeypatch.setattr(command, "run", run)


KEPT, DELETED = "distillation pictures kept", "distillation pictures deleted"


@pytest.mark.parametrize("error", [None, SiteError("a source failed"), RuntimeError("x"), MemoryError()])
def test_whatever_happens_pictures_go_and_the_audit_says_so(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    book = MemoryStore()
    running(monkeypatch, book, error)
    if error is None:
        assert audited(order, book, tmp_path / "state", tmp_path / "out") == "done"
    else:
        with pytest.raises(type(error)):
            audited(order, book, tmp_path / "state", tmp_path / "out")
    assert list((tmp_path / "state" / HOME).iterdir()) == []
    entries = book.read_audit(9)
    assert [row["what"] for row in entries] == [KEPT, DELETED]
    assert {(row["who"], row["why"], *row["cameras"]) for row in entries} == {("森", "test", "c")}


def test_interrupted_they_stay_and_the_audit_says_so(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = MemoryStore()
    running(monkeypatch, book, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        audited(order, book, tmp_path / "state", tmp_path / "out")
    assert len(list((tmp_path / "state" / HOME).rglob("*.png"))) == 1
    assert re.fullmatch("distillation interrupted.*", book.read_audit(1)[0]["what"])


def test_what_cannot_be_deleted_is_named_and_not_called_deleted(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = MemoryStore()
    running(monkeypatch, book, None)
    monkeypatch.setattr("mall.distilling.work_folder.shutil.rmtree", lambda *_args, **_more: None)
    audited(order, book, tmp_path / "state", tmp_path / "out")
    assert re.fullmatch(f".*could not all be deleted: {tmp_path}.*", book.read_audit(1)[0]["what"])


class Silent(MemoryStore):
    """A store that does not answer."""

    def append_audit(self, entry: object) -> str:
        raise StoreError(f"no answer to {entry}")


def test_without_an_audit_there_is_no_picture(tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setattr(command, "run", lambda *_: ran.append(1) or "done")
    with pytest.raises(StoreError):
        audited(order, Silent(), tmp_path / "state", tmp_path / "out")
    assert not ran
    assert list((tmp_path / "state" / HOME).iterdir()) == []
