"""Command line and composition root: ``python app.py`` starts everything for the sample site.

Heavy libraries are imported inside the commands, so that ``--help`` and wrong arguments answer at once.
"""

from mall import lifeline

if __name__ == "__main__":
    # First of all: between the start of a process and this line its parent could die unnoticed.
    lifeline.arm_from_environment()

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mall.errors import AddressError, MallError, SiteError, StateLockedError, WeightsError

# A wrong argument, site, plan, weights or address; anything else that goes wrong is 1.
USAGE_ERRORS = (SiteError, WeightsError, AddressError, StateLockedError)
SAMPLE_SITE = Path(__file__).resolve().parent / "sample_footage"

cli = typer.Typer(add_completion=False, rich_markup_mode=None, help="Safety and crowd flow for shopping malls.")

SiteDir = Annotated[Path, typer.Option("--site", metavar="DIR", help="Site folder, with site.toml and its plan.")]
Port = Annotated[int, typer.Option(min=1, max=65535, envvar=["MALL_PORT", "PORT"], help="Port on 127.0.0.1.")]
Redis = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar=["MALL_REDIS_URL", "REDIS_URL"], help="Redis or Valkey; default: embedded."),
]
Weights = Annotated[str | None, typer.Option(metavar="W", help="Detector weights instead of the site's.")]
CameraId = Annotated[str, typer.Option("--camera", metavar="ID", help="Camera of the site.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write here instead of standard output.")]
Public = Annotated[bool, typer.Option("--public", help="Serve the public listener of the site file instead.")]
Setup = Annotated[
    bool, typer.Option("--setup", help="With a page to place cameras and draw the plan; prints its one-time address.")
]
Still = Annotated[bool, typer.Option("--still", help="The images are unrelated: no tracking.")]


@cli.command()
def run(site: SiteDir = SAMPLE_SITE, port: Port = 8050, redis: Redis = None, setup: Setup = False) -> None:
    """Start store, workers, engine and web for a site; Ctrl-C stops them all."""
    from mall.stack import run_stack

    run_stack(site, port, redis, setup=setup)


@cli.command()
def worker(
    site: SiteDir, cameras: Annotated[list[str], typer.Argument(metavar="CAMERA...")], redis: Redis = None
) -> None:
    """Run some cameras of a site in this process."""
    from mall.commands import serve_worker

    serve_worker(site, cameras, redis)


@cli.command()
def engine(site: SiteDir, redis: Redis = None) -> None:
    """Run the engine of a site: fuse, read zones, roll up, advise."""
    from mall.commands import serve_engine

    serve_engine(site, redis)


@cli.command()
def web(site: SiteDir, port: Port = 8050, redis: Redis = None, public: Public = False) -> None:
    """Serve the pages, the API and the widget of a site."""
    from mall.commands import serve_web

    serve_web(site, port, redis, public=public)


@cli.command()
def devices(site: SiteDir, port: Port = 8050) -> None:
    """Run simulated kits for the pop-ups that the site marks as simulated."""
    from mall.commands import serve_devices

    serve_devices(site, port)


@cli.command()
def count(
    video: Annotated[Path, typer.Argument(help="Recording: a file, or a folder of images in name order.")],
    site: SiteDir,
    camera: CameraId,
    weights: Weights = None,
    still: Still = False,
    out: Out = None,
) -> None:
    """Count a recording through the live path, one JSON line a frame."""
    from mall.recordings.offline import count_recording

    count_recording(video, site=site, camera=camera, weights=weights, still=still, out=out)


@cli.command()
def calibrate(
    video: Annotated[Path, typer.Argument(help="Recording.")],
    site: SiteDir,
    camera: CameraId,
    counts: Annotated[Path, typer.Option(metavar="FILE", help="Head counts: frame,people[,zone].")],
    weights: Weights = None,
    still: Still = False,
) -> None:
    """Fit a camera's head-count line from 5 to 10 manual counts, and write its accuracy card."""
    from mall.recordings.calibrate import calibrate_recording

    calibrate_recording(video, site=site, camera=camera, counts=counts, weights=weights, still=still)


@cli.command()
def fuse(
    boxes: Annotated[list[Path], typer.Argument(metavar="BOXES...", help="Recorded boxes, JSON lines.")],
    site: SiteDir,
    out: Out = None,
) -> None:
    """Fuse recorded boxes of several cameras into people in metres."""
    from mall.recordings.offline import fuse_boxes

    fuse_boxes(boxes, site=site, out=out)


@cli.command()
def measure(
    trajectories: Annotated[Path, typer.Argument(help="Text with columns id frame x y; metres.")],
    site: SiteDir,
    fps: Annotated[float | None, typer.Option(metavar="F", min=0.1, help="Frames a second.")] = None,
    out: Out = None,
) -> None:
    """Measure people, density and speed per zone from trajectories."""
    from mall.recordings.offline import measure_trajectories

    measure_trajectories(trajectories, site=site, fps=fps, out=out)


@cli.command()
def check(site: SiteDir = SAMPLE_SITE) -> None:
    """Say what is wrong with a site, and where."""
    from mall.check import print_problems

    raise typer.Exit(print_problems(site))


@cli.command()
def audit(
    site: SiteDir = SAMPLE_SITE,
    count: Annotated[int, typer.Option(metavar="N", min=0, help="Entries to write, the last ones.")] = 100,
    redis: Redis = None,
) -> None:
    """Write the end of the audit, and say whether its chain of hashes is whole (1 where it is not)."""
    from mall.audit_command import print_audit

    raise typer.Exit(print_audit(site, redis, count))


@cli.command()
def distill(
    cameras: Annotated[list[str], typer.Argument(metavar="CAMERA...", help="Cameras to learn from.")],
    site: SiteDir,
    checks: Annotated[list[str] | None, typer.Option("--check", metavar="CAMERA", help="Only compared on.")] = None,
    teacher: Annotated[str | None, typer.Option(metavar="W", help="Large detector; default: yolo11x.pt.")] = None,
    student: Annotated[str | None, typer.Option(metavar="W", help="What to adapt (.pt); default: the site's.")] = None,
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Pictures of all cameras together.")] = 300,
    epochs: Annotated[int, typer.Option(metavar="N", min=1, help="Rounds of training, at most.")] = 20,
    minutes: Annotated[float | None, typer.Option(metavar="M", min=0.1, help="Training time, at most.")] = None,
    watch: Annotated[float, typer.Option(metavar="M", min=0.1, help="How long a live camera is watched.")] = 30.0,
    size: Annotated[int | None, typer.Option(metavar="PX", min=64, max=2048, help="Longer side trained at.")] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="Leave the backbone as it is: quicker.")] = False,
    no_mix: Annotated[bool, typer.Option("--no-mix", help="Mix in no pictures of the sample mall.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Result; default: the state folder.")] = None,
    who: Annotated[str, typer.Option(metavar="NAME", help="Who keeps pictures meanwhile: for the audit.")] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="And why.")] = "",
    redis: Redis = None,
) -> None:
    """Adapt the small detector to a site's own cameras; their pictures are kept only while it runs."""
    from mall.distilling.command import distill as run_distill
    from mall.distilling.order import Request

    request = Request(
        site, tuple(cameras), tuple(checks or ()), teacher, student, frames, not no_mix, epochs, minutes, watch, size,
        freeze, out, who, why,
    )  # fmt: skip
    run_distill(request, redis)


@cli.command()
def drill(
    name: Annotated[str, typer.Argument(help="A drill of the library or of the site, or all.")] = "all",
    site: SiteDir = SAMPLE_SITE,
    speed: Annotated[
        float, typer.Option(metavar="N", min=0.0, max=100.0, help="Times its own time; 0: all the machine can.")
    ] = 0.0,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Play recorded boxes (JSON lines) instead of a script.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Play the drill that the running stack asks for.")] = False,
    redis: Redis = None,
) -> int:
    """Play drills in memory, and compare the advisories they raise with those they must: 0 where they match, else 1."""
    if serve:
        from mall.commands import serve_asked_drill

        serve_asked_drill(site, redis)
        return 0
    from mall.drills.command import drill as play_drill
    from mall.drills.replay import replay_boxes

    met = play_drill(site, name, speed=speed) if replay is None else replay_boxes(replay, site, speed=speed)
    return 0 if met else 1


@cli.command()
def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="worker, store, web, viewers, idle, geometry, curves, peers, fusion, situations, options, history, "
            "forecast."
        ),
    ],
) -> None:
    """Measure this machine; the last line is ``name value [name value …]``."""
    from mall.bench.choice import run_bench

    run_bench(name)


def main() -> int:
    """Run a command and return its exit code: 0 done, 2 a wrong argument, site or address, 1 anything else."""
    try:
        return int(cli(sys.argv[1:] or ["run"], standalone_mode=False) or 0)
    except KeyboardInterrupt:
        return 130
    except Exception as exc:
        if os.environ.get("MALL_DEBUG"):
            raise
        return _explain(exc)


def _explain(exc: Exception) -> int:
    """Say in one line what went wrong and return the exit code."""
    from mall.logs import redact

    if hasattr(exc, "format_message"):
        # A wrong argument, in whichever of Typer's vendored or installed Click classes it comes.
        text, code = exc.format_message(), int(getattr(exc, "exit_code", 2))
    elif isinstance(exc, MallError):
        text, code = str(exc), 2 if isinstance(exc, USAGE_ERRORS) else 1
    else:
        text, code = f"{type(exc).__name__}: {exc} (MALL_DEBUG=1 shows where)", 1
    sys.stderr.write(f"error: {redact(' '.join(text.split()))}\n")
    return code


if __name__ == "__main__":
    lifeline.leave(main())
