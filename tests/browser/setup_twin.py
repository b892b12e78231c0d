"""A twin of the setup interface for the tests of its page: the wire form is the product's, what is behind it is not.

It keeps the site in memory, fits pairs by a plain DLT of its own, and can be told to be silent, slow or closed.
"""

import json
import socket
import threading
import zlib
from collections.abc import Sequence
from struct import pack
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from mall.config import PROJECT_DIR, Site
from mall.web import schemas_setup as wire
from mall.web.security import Guard, content_policy
from mall.web.setup_page import setup_page_router

BASE = "/api/v1/setup"
SIZE = (640, 480)
# A camera over the hall of the small site: what it sees of a plane is this map from pixels to metres, by construction.
IMAGE = [[80.0, 460.0], [560.0, 460.0], [430.0, 160.0], [210.0, 160.0]]
PLAN = [[6.0, 1.0], [16.0, 1.0], [18.0, 11.0], [4.0, 11.0]]
OFF = {"code": "off", "detail": "Setup is not open.", "text": {"en": "Setup is not open.", "ja": "設定は無効"}}


def solve(image: Sequence[Sequence[float]], plan: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the 3 x 3 map from pixels to metres, by the direct linear transform (Hartley and Zisserman 2004, 4.1)."""
    rows = []
    for (x, y), (u, v) in zip(image, plan, strict=True):
        rows += [[-x, -y, -1, 0, 0, 0, u * x, u * y, u], [0, 0, 0, -x, -y, -1, v * x, v * y, v]]
    return np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)


def send(matrix: np.ndarray, points: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return points after the map."""
    out = np.column_stack([np.array(points, float), np.ones(len(points))]) @ matrix.T
    return (out[:, :2] / out[:, 2:]).tolist()


def png(width: int, height: int) -> bytes:
    """Return a grey picture with a gradient, so that a test can tell it from nothing."""
    rows = b"".join(b"\0" + bytes((x * 200 // width + y * 55 // height) for x in range(width)) for y in range(height))
    parts = [(b"IHDR", pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    chunks = b"".join(pack(">I", len(body)) + k + body + pack(">I", zlib.crc32(k + body)) for k, body in parts)
    return b"\x89PNG\r\n\x1a\n" + chunks


def refuse(status: int, code: str, english: str, japanese: str = "拒否", **more: Any) -> JSONResponse:
    body = {"detail": english, "code": code, "text": {"en": english, "ja": japanese}, "problems": []} | more
    return JSONResponse(wire.SetupProblem.model_validate(body).model_dump(), status)


def no_advisories() -> list[Any]:
    return []


class SetupTwin:
    """The page and its interface on a port of their own; ``tries`` and ``stills`` remember what was asked."""

    def __init__(self, site: Site, plan: dict[str, Any]) -> None:
        self.is_open, self.is_silent, self.expires_s, self.people_seen = True, False, 60, 7
        self.token, self.session, self.version, self.changed_by = "let-me-in", "", 1, "tanaka"
        self.plan, self.past, self.counts = plan, [], []
        self.tries: list[dict[str, Any]] = []
        self.stills: list[dict[str, Any]] = []
        self.saves: list[dict[str, Any]] = []
        self.fitted: list[str] = []
        self.try_problems: list[dict[str, Any]] = []
        self.gate = threading.Event()  # cleared: a try is answered only once it is set again
        self.gate.set()
        row = {"level": "1f", "source_kind": "file", "size": SIZE, "fps": 7.0, "rate": 5.0, "planes": [], "masks": []}
        row |= {"tiling": "auto", "confidence": None, "iou": None, "card": None, "calibration": None, "label_ja": ""}
        self.cameras = [
            row | {"id": "hall-cam", "label": "Hall, west", "label_ja": "ホール・西"},
            row | {"id": "gate-cam", "label": "Gate", "size": None},
        ]
        self.app = FastAPI()
        self.app.include_router(setup_page_router(site))
        self._add_routes()
        self.app.mount("/assets", StaticFiles(directory=PROJECT_DIR / "assets"))
        self.app.add_api_route("/api/v1/advisories", no_advisories)
        self.app.add_middleware(Guard, policy=content_policy())
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="error", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self) -> "SetupTwin":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()

    def save_as(self, who: str, what: str) -> None:
        """Save as somebody else does: the version moves on."""
        self.past.append((json.dumps([self.cameras, self.plan]), what, who))
        self.version += 1

    def _undo(self) -> dict[str, Any] | None:
        if not self.past:
            return None
        return {
            "available": len(self.past),
            "what": self.past[-1][1],
            "at": "2026-11-21T05:32:07Z",
            "who": self.past[-1][2],
        }

    def _refusal(self, request: Request) -> JSONResponse | None:
        if not self.is_open:
            return JSONResponse(OFF, 404)
        if self.is_silent:
            return JSONResponse({"detail": "The store does not answer; try again."}, 503)
        cookie = request.cookies.get("mall_setup")
        if request.url.path != f"{BASE}/session" and (not cookie or cookie != self.session):
            return refuse(401, "session", "The session has ended.", "セッション終了")
        return None

    def _add_routes(self) -> None:
        @self.app.middleware("http")
        async def guard(request: Request, call_next: Any) -> Any:
            refused = self._refusal(request) if request.url.path.startswith(BASE) else None
            return refused or await call_next(request)

        for method, path, act in (
            ("POST", "/session", self.open_session),
            ("DELETE", "/session", self.close_session),
            ("GET", "/site", self.read_site),
            ("POST", "/still", self.take_still),
            ("POST", "/try", self.try_draft),
            ("POST", "/save", self.save),
            ("POST", "/undo", self.undo),
            ("GET", "/head-counts", self.read_counts),
            ("POST", "/head-counts", self.add_count),
            ("POST", "/head-counts/fit", self.fit_counts),
            ("DELETE", "/head-counts/{count}", self.drop_count),
        ):
            self.app.add_api_route(BASE + path, act, methods=[method], response_model=None)

    def open_session(self, asked: wire.Opening) -> Any:
        if asked.token != self.token:
            return refuse(401, "token", "This token is not valid.", "トークンが無効")
        self.session = f"s{self.version}-{len(self.stills)}"
        answer = Response(status_code=204)
        answer.set_cookie("mall_setup", self.session, path=BASE, httponly=True, samesite="strict")
        return answer

    def close_session(self) -> Any:
        self.session = ""
        return Response(status_code=204)

    def read_site(self) -> Any:
        levels = [{"id": "1f", "label": "1F"}, {"id": "2f", "label": "2F"}]
        return wire.SetupSite.model_validate({
            "version": f"v{self.version}", "site": {"id": "small", "name": "Small Mall"}, "levels": levels,
            "cameras": self.cameras, "plan": self.plan, "plan_editable": True, "undo": self._undo(),
        })  # fmt: skip

    def take_still(self, asked: wire.StillAsked) -> Any:
        self.stills.append(asked.model_dump())
        if asked.camera == "gate-cam" and len(self.stills) % 2:
            return refuse(503, "no-answer", "Camera gate-cam does not answer.", "カメラ gate-cam の応答なし")
        head = {"X-Still-Id": f"still-{len(self.stills)}", "X-Still-Captured-At": "2026-11-21T05:32:07Z"}
        head |= {"X-Still-Expires-S": str(self.expires_s), "X-Still-People": str(self.people_seen)}
        head |= {"X-Still-Zones": json.dumps({"hall": self.people_seen}), "cache-control": "no-store"}
        return Response(png(*SIZE), media_type="image/png", headers=head)

    def try_draft(self, draft: wire.Draft) -> Any:
        self.tries.append(draft.model_dump())
        self.gate.wait(10)
        return self._tried(draft)

    def save(self, asked: wire.Saving) -> Any:
        if asked.version != f"v{self.version}":
            return refuse(409, "changed", "The site was changed by somebody else.")
        errors = [problem for problem in self.try_problems if problem["severity"] == "error"]
        if errors:
            return refuse(422, "wrong", "The draft has errors.", "誤りあり", problems=errors)
        self.saves.append(json.loads(asked.model_dump_json(exclude_unset=True)))
        self.save_as(asked.who, f"{asked.what[0].camera}: calibration" if asked.what else "plan")
        for change in asked.what:
            row = next(row for row in self.cameras if row["id"] == change.camera)
            row |= change.model_dump(exclude_unset=True, exclude={"camera"})
        self.plan = asked.plan or self.plan
        return wire.Saved.model_validate({"version": f"v{self.version}", "undo": self._undo()})

    def undo(self, asked: wire.Undoing) -> Any:
        if asked.version != f"v{self.version}":
            return refuse(409, "changed", "The site was changed by somebody else.")
        before, what, _who = self.past.pop()
        self.cameras, self.plan = json.loads(before)
        self.version += 1
        return wire.Undone.model_validate({"version": f"v{self.version}", "undone": what, "undo": self._undo()})

    def _tried(self, draft: wire.Draft) -> wire.Tried:
        pairs = draft.calibration
        answer: dict[str, Any] = {
            "problems": self.try_problems, "fit": None, "picture": {"horizon": None, "plan": [], "grid": []},
            "plan": {"seen": None, "pairs": [], "uncertainty": [], "zones_seen": {}}, "people": [],
        }  # fmt: skip
        if pairs is None or len(pairs.image_points) < 4:
            return wire.Tried.model_validate(answer)
        to_plan = solve(pairs.image_points, pairs.plan_points)
        back = np.linalg.inv(to_plan)
        landed, seen_from = send(to_plan, pairs.image_points), send(back, pairs.plan_points)
        off_m = np.linalg.norm(np.array(landed) - pairs.plan_points, axis=1)
        off_px = np.linalg.norm(np.array(seen_from) - pairs.image_points, axis=1)
        answer["fit"] = {
            "rms_m": float(np.sqrt(np.mean(off_m**2))), "worst_m": float(off_m.max()), "errors_m": off_m.tolist(),
            "errors_px": off_px.tolist(),
        }  # fmt: skip
        hall = send(back, [[4, 1], [18, 1], [18, 11], [4, 11]])
        grid = [send(back, [[x, 1], [x, 11]]) for x in (5, 10, 15)]
        drawn = [{"id": "hall", "kind": "zone", "closed": True, "parts": [hall]}]
        answer["picture"] = {"horizon": [[0, 60], [640, 70]], "plan": drawn, "grid": grid}
        answer["plan"] = {
            "seen": [[6, 0.5], [16, 0.5], [19, 11.5], [3, 11.5]], "pairs": landed,
            "uncertainty": [{"at": [11, 3], "sd_m": 0.1}, {"at": [11, 10], "sd_m": 0.5}], "zones_seen": {"hall": 0.42},
        }  # fmt: skip
        answer["people"] = [[9, 4], [12, 7]]
        return wire.Tried.model_validate(answer)

    def read_counts(self, camera: str) -> Any:
        return self._counts()

    def add_count(self, asked: wire.HeadCounted) -> Any:
        row = {"at": "2026-11-21T05:32:07Z", "seen": self.people_seen}
        for zone, people in [(None, asked.people), *asked.zones.items()]:
            self.counts.append(row | {"id": f"c{len(self.counts)}", "people": people, "zone": zone})
        return self._counts()

    def drop_count(self, count: str, camera: str) -> Any:
        self.counts = [row for row in self.counts if row["id"] != count]
        return self._counts()

    def fit_counts(self, asked: wire.FitAsked) -> Any:
        self.fitted.append(asked.camera)
        self.save_as("mori", f"{asked.camera}: head counts")
        return self._counts()

    def _counts(self) -> wire.HeadCounts:
        whole = [row for row in self.counts if row["zone"] is None]
        card = {
            "mae": 1.25,
            "within_1": 0.6,
            "bias": -0.4,
            "n": len(whole),
            "date": "2026-11-21",
            "method": "head counts",
        }
        fit = {"line": {"slope": 1.2, "offset": -0.5}, "card": card, "range": [2, 30], "problems": []}
        return wire.HeadCounts.model_validate({"counts": self.counts, "fit": fit if len(whole) >= 5 else None})
