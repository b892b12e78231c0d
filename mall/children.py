"""Which processes a stack of a site consists of, and what each of them reads when it starts."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from mall.cameras.accuracy_card import calibration_path
from mall.child import ChildSpec
from mall.config import PROJECT_DIR, Site
from mall.setup.files import digest_of_file
from mall.site_file import Camera
from mall.site_limits import without_limits

APP = PROJECT_DIR / "app.py"
# A detector's process is full with eight cameras; recorded boxes cost next to nothing, a process start does.
CAMERAS_PER_WORKER = {False: 8, True: 32}


def child_specs(site: Site, port: int) -> list[ChildSpec]:
    """Return what a stack of this site consists of, in starting order; limits of rules are no reason to start anew."""
    common = ("--site", str(site.folder))
    plan = _digest(map(digest_of_file, _plan_files(site)))
    whole = _digest([without_limits(site.file), plan])
    address = ("--port", str(port))
    specs = [
        ChildSpec("engine", "engine", (str(APP), "engine", *common), inputs=whole),
        ChildSpec("web", "web", (str(APP), "web", *common, *address), inputs=whole),
    ]
    for number, cameras in enumerate(camera_groups(site), start=1):
        argv = (str(APP), "worker", *common)
        names = tuple(camera.id for camera in cameras)
        reads = _digest([plan, site.file.weights or "", *(_camera_inputs(site, camera) for camera in cameras)])
        specs.append(ChildSpec(f"worker-{number}", "worker", argv, names, inputs=reads))
    if site.file.public.bind is not None:
        specs.append(ChildSpec("public", "web", (str(APP), "web", *common, "--public"), inputs=whole))
    if any(popup.simulated for popup in site.popups) or any(contact.simulated for contact in site.contacts):
        specs.append(ChildSpec("devices", "devices", (str(APP), "devices", *common, *address), inputs=whole))
    return specs


def drill_argv(site: Site) -> tuple[str, ...]:
    """Return the arguments of a process that plays the drill that is asked for."""
    return (str(APP), "drill", "--serve", "--site", str(site.folder))


def camera_groups(site: Site) -> list[list[Camera]]:
    """Return the cameras of each worker: those with a detector share one up to a limit, recorded boxes another."""
    groups = []
    for is_boxes in (False, True):
        cameras = [camera for camera in site.cameras if camera.is_boxes == is_boxes]
        most = CAMERAS_PER_WORKER[is_boxes]
        groups += [cameras[i : i + most] for i in range(0, len(cameras), most)]
    return groups


def _plan_files(site: Site) -> list[Path]:
    plan = site.file.plan
    return [site.folder / name for name in (plan.file, plan.lines) if name]


def _camera_inputs(site: Site, camera: Camera) -> str:
    """Return what a worker reads of a camera; its name is for people, and of no use to a worker."""
    table = camera.model_dump_json(exclude={"label", "label_ja"}, by_alias=True)
    return table + digest_of_file(calibration_path(site, camera.id))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
