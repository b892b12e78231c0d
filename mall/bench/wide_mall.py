"""A mall of 300 zones and 200 people as a site folder, and many sessions that listen to its operator stream at once."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from math import ceil, sqrt
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shapely.geometry import mapping

from mall.bench.layouts import Walkers, camera_row, grid_plan

CAMERAS, RATE, FILM_S = 16, 4, 60
VIEW_M = 27.0  # 4 x 4 of them see all cells
WAIT_S = 15.0


def write_wide_site(folder: Path, *, zones: int, people: int) -> None:
    """Write plan, site file and recorded boxes of people who walk, one frame a camera at ``RATE`` a second."""
    features = [
        {
            "type": "Feature",
            "geometry": mapping(zone.polygon),
            "properties": {"id": zone.id, "label": zone.label, "category": zone.category, "level": zone.level},
        }
        for zone in grid_plan(zones).zones
    ]
    plan = {"type": "FeatureCollection", "features": features}
    (folder / "floorplan.geojson").write_text(json.dumps(plan), encoding="utf-8")
    across = ceil(sqrt(CAMERAS))
    rows = [camera_row(n, across, rate=RATE, view_m=VIEW_M) | {"fps": RATE, "loop": True} for n in range(CAMERAS)]
    (folder / "site.toml").write_text(_toml(rows), encoding="utf-8")
    with (folder / "boxes.jsonl").open("w", encoding="utf-8") as film:
        film.writelines(_film([str(row["id"]) for row in rows], people))


def _toml(rows: list[dict[str, Any]]) -> str:
    lines = ['[site]\nid = "wide"\nname = "Wide Mall"\ntimezone = "UTC"\n']
    for row in rows:
        calibration = row.pop("calibration")
        lines += ["[[camera]]", *(f"{key} = {json.dumps(value)}" for key, value in row.items()), "[camera.calibration]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in calibration.items()]
    return "\n".join(lines) + "\n"


def _film(cameras: list[str], people: int) -> list[str]:
    share = ceil(people / len(cameras))
    walkers = {camera: Walkers(share, seed, view_m=VIEW_M) for seed, camera in enumerate(cameras)}
    lines = []
    for frame in range(FILM_S * RATE):
        for camera, walks in walkers.items():
            boxes = [[*map(float, corners), 0.9] for corners in walks.boxes(1 / RATE).xyxy]
            lines.append(json.dumps({"camera": camera, "frame": frame, "t": frame / RATE, "boxes": boxes}) + "\n")
    return lines


@dataclass
class Heard:
    """What all sessions received after their first message: bytes of each, and ages in s of readings on arrival."""

    sizes: list[int] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    sessions: int = 0


async def listen_all(url: str, sessions: int, seconds: float) -> Heard:
    """Open so many event streams at once and listen to all of them; a session that hears nothing is not counted."""
    heard, read = Heard(), _Reader()
    await asyncio.gather(*(_session(url, seconds, heard, read) for _ in range(sessions)))
    return heard


class _Reader:
    """Reads each message once, although every session gets it: when the newest reading in it was observed."""

    def __init__(self) -> None:
        self._last: tuple[bytes, float | None] = (b"", None)

    def observed(self, message: bytes) -> float | None:
        if message != self._last[0]:
            zones = json.loads(message[message.index(b"{") :]).get("zones", {}).values()
            self._last = message, max((row["observed_at"] for row in zones if row.get("observed_at")), default=None)
        return self._last[1]


async def _session(url: str, seconds: float, heard: Heard, read: _Reader) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=8 << 20)
    writer.write(f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nAccept: text/event-stream\r\n\r\n".encode())
    until, is_first = time.monotonic() + seconds, True
    while time.monotonic() < until:
        try:
            message = await asyncio.wait_for(reader.readuntil(b"\n\n"), WAIT_S)
        except (asyncio.IncompleteReadError, TimeoutError):
            break
        if b"data: {" not in message:
            continue
        if is_first:
            heard.sessions, is_first = heard.sessions + 1, False
            continue
        heard.sizes.append(len(message))
        observed = read.observed(message)
        if observed is not None:
            heard.ages_s.append(time.time() - observed)
    writer.close()
