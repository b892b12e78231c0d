"""The benchmark of many viewers: its mall can be loaded, and what it hears is what was sent."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from mall.bench.wide_mall import CAMERAS, listen_all, write_wide_site
from mall.check import check_site
from mall.config import load_site

AGES_S = (9.0, 2.0, 3.0)  # of the readings in the messages; the first is the whole state, which is left out


def test_the_wide_mall_is_a_site_whose_cameras_see_everybody(tmp_path: Path) -> None:
    write_wide_site(tmp_path, zones=300, people=200)
    site = load_site(tmp_path)
    assert len(site.plan.zones) == 300
    assert len(site.cameras) == CAMERAS
    assert [problem for problem in check_site(site) if problem.severity == "error"] == []
    first = [json.loads(line) for line in (tmp_path / "boxes.jsonl").read_text().splitlines()[:CAMERAS]]
    assert {row["camera"] for row in first} == {camera.id for camera in site.cameras}
    assert sum(len(row["boxes"]) for row in first) == 208, "13 for each of 16 cameras"
    assert all(0 <= edge <= 1000 for row in first for box in row["boxes"] for edge in box[:4])


@pytest.mark.parametrize("sessions", [1, 5])
def test_every_session_hears_each_message_but_the_first(sessions: int) -> None:
    sent: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET /live/stream HTTP/1.1\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nretry: 2000\n\n")
        for age_s in AGES_S:
            zones = {"hall": {"observed_at": time.time() - age_s}, "yard": {"observed_at": None}}
            message = f"event: state\ndata: {json.dumps({'zones': zones})}\n\n".encode()
            sent.append(len(message))
            writer.write(message)
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        heard = await listen_all(f"http://127.0.0.1:{port}/live/stream", sessions, seconds=30.0)
        server.close()
        assert heard.sessions == sessions
        assert sum(heard.sizes) == sum(size for k, size in enumerate(sent) if k % len(AGES_S))
        assert sorted(round(age) for age in heard.ages_s) == [2] * sessions + [3] * sessions

    asyncio.run(scene())
