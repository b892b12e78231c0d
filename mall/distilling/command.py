"""The command: take, label, train, export, compare, report, and delete every picture."""

import logging
import shutil
import signal
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from mall.config import Settings
from mall.distilling.order import Order, Request, checked
from mall.distilling.progress import step
from mall.distilling.report import Made, is_better, verdict_text, write_report
from mall.distilling.taking import slots_of, take
from mall.distilling.work_folder import WorkFolder
from mall.errors import SiteError
from mall.logs import configure_logs
from mall.recordings.offline import vendor_errors
from mall.store.audit import AuditBook, audit, open_audit
from mall.validation import load_valid_site
from vision.distill.comparing import Comparison, compare
from vision.distill.exporting import export_int8, require_quantiser
from vision.distill.labelling import TEACHER_THRESHOLDS, label
from vision.distill.shelf import Shelf
from vision.distill.training import train
from vision.loading import load_detector
from vision.weights_file import digest_of_weights, name_of_weights

log = logging.getLogger(__name__)


def distill(request: Request, redis_url: str | None) -> None:
    """Carry out a request and say in a line what came of it.

    Raises:
        SiteError, WeightsError, AddressError, StateLockedError: before a picture is taken, or where a source fails.

    """
    configure_logs("distill")
    site = load_valid_site(request.site_dir)
    with vendor_errors():
        order = checked(request, site)
        require_quantiser()
    state = Settings().made_state_dir(site.id)
    out = _out_folder(request.out or state / "distilled")
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.default_int_handler)
    with open_audit(state, site.id, redis_url) as book, vendor_errors():
        sys.stdout.write(audited(order, book, state, out) + "\n")


def audited(order: Order, book: AuditBook, state: Path, out: Path) -> str:
    """Run between two entries of the audit: that pictures are kept from now on, and what became of them."""
    asked = order.request
    tell = partial(audit, book, who=asked.who, why=asked.why, cameras=asked.cameras, checked=asked.checks)
    work = WorkFolder(state, order.site.folder, order.key)
    is_interrupted = False
    try:
        with work:
            tell(what="distillation pictures kept", resumed=work.is_resumed)
            return run(order, Shelf(work.path / "shelf", person=order.trained.person), out)
    except KeyboardInterrupt:
        is_interrupted = True
        log.warning("interrupted: the same command goes on; `run` and any other `distill` delete the pictures first")
        raise
    finally:
        tell(what=_became_of(work.path, is_interrupted=is_interrupted))


def _became_of(folder: Path, *, is_interrupted: bool) -> str:
    if is_interrupted:
        return "distillation interrupted, pictures left to go on with"
    if folder.exists():
        log.error("the pictures could not all be deleted: delete %s", folder)
        return f"distillation pictures could not all be deleted: {folder}"
    return "distillation pictures deleted"


def run(order: Order, shelf: Shelf, out: Path) -> str:
    """Run every step on a shelf and return the verdict.

    Args:
        order: what to do.
        shelf: empty, or as a run that was killed left it.
        out: folder for the model and the report.

    """
    with step("pictures", sum(len(slots_of(order, name)) for name in order.views)) as tick:
        take(order, shelf, tick)
    teacher = load_detector(order.teacher, TEACHER_THRESHOLDS)
    with step(f"labels by {teacher.name}", len(shelf.pictures())) as tick:
        people = label(shelf, order.views, teacher, tick)
    teacher.close()
    if not people:
        raise SiteError(f"{teacher.name} found nobody on {len(shelf.pictures())} pictures: there is nothing to learn")
    with step("epochs", order.lesson.epochs) as tick:
        best, epochs = train(order.student, order.trained, shelf, order.lesson, tick.at)
    name = f"{order.student.stem}-{order.site.id}"
    model = shelf.folder / "model"
    export_int8(best, shelf, model, name=name, size=order.size)
    comparisons = _compared(order, shelf, model)
    made = _made(order, shelf, f"{teacher.name} ({teacher.digest})", people, epochs)
    return _published(made, comparisons, model, out / name)


def _compared(order: Order, shelf: Shelf, model: Path) -> list[Comparison]:
    cameras = [name for name in order.views if name not in order.mixed]
    found = []
    with step("comparing", len(shelf.pictures("held"))) as tick:
        for name in cameras:
            view = order.views[name]
            old, new = load_detector(order.old[name], view.thresholds()), load_detector(model, view.thresholds())
            try:
                found.append(compare(shelf, view, (old, new), learnt=name in order.request.cameras, tick=tick))
            finally:
                old.close()
                new.close()
    return found


def _made(order: Order, shelf: Shelf, teacher: str, people: int, epochs: int) -> Made:
    pictures = {name: Counter(str(p.part) for p in shelf.pictures(camera=name)) for name in order.views}
    old = sorted({f"{name_of_weights(weights)} ({digest_of_weights(weights)})" for weights in order.old.values()})
    return Made(
        site=order.site.id, teacher=teacher, student=f"{order.student.stem} ({digest_of_weights(order.student)})",
        old=", ".join(old), pictures=pictures, labels=people, epochs=epochs, size=order.size,
        freeze=order.request.freeze,
    )  # fmt: skip


def _published(made: Made, comparisons: list[Comparison], model: Path, target: Path) -> str:
    """Put model and report in place, the model marked by its name where it is not better, and return the verdict."""
    if not is_better(comparisons):
        target = target.with_name(f"{target.name}.not-better")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(model, target)
    write_report(target.parent, made, comparisons, target)
    return verdict_text(comparisons, target).replace("**", "").replace("`", "")


def _out_folder(out: Path) -> Path:
    """Return the folder for the result; SiteError where it holds something else, or cannot be made."""
    try:
        if out.is_dir() and any(out.iterdir()) and not (out / "report.json").is_file():
            raise SiteError(f"--out {out}: holds other things; name a new folder")
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SiteError(f"--out {out}: {exc.strerror}") from exc
    return out.resolve()
