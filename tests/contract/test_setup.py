"""``/api/v1/setup`` from outside: off unless asked for, and what each call of the page answers."""

import hashlib
import json
import re

import pytest

from mall.config import load_site
from mall.setup.desk import SetupDesk
from mall.setup.door import make_door
from mall.setup_link import Answer, LinkServer
from mall.store import MemoryStore
from mall.web.application import create_app
from tests.mall.setup.small_site import PLAN, files, write_site
from tests.mall.web.client import AppClient

PNG = b"\x89PNG\r\n\x1a\nnot really"
SETUP = "/api/v1/setup"
PAIRS = {
    "image_points": [[0, 0], [1000, 0], [1000, 1000], [0, 1000]],
    "plan_points": [[0, 10], [10, 10], [10, 0], [0, 0]],
}
CALLS = [
    ("GET", "/site", None),
    ("POST", "/still", {"camera": "a", "why": "w"}),
    ("POST", "/try", {"camera": "a", "size": [10, 10]}),
    ("POST", "/save", {"version": "x", "who": "w"}),
    ("POST", "/undo", {"version": "x"}),
    ("GET", "/head-counts?camera=a", None),
    ("POST", "/head-counts", {"camera": "a", "still": "x", "people": 1}),
    ("POST", "/head-counts/fit", {"camera": "a"}),
    ("DELETE", "/head-counts/1?camera=a", None),
    ("DELETE", "/session", None),
    ("GET", "/nothing", None),
]


class Page:
    """What a browser would do."""

    def __init__(self, app):
        self.client, self.cookie = AppClient(app), ""

    def call(self, method, path, body=None, **headers):
        more = {} if body is None else {"json": body}
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        if self.cookie:
            headers["cookie"] = self.cookie
        return self.client.request(method, SETUP + path, headers, **more)

    def ok(self, method, path, body=None):
        answer = self.call(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def enter(self, token, who="Aiko"):
        answer = self.call("POST", "/session", {"token": token, "who": who})
        if answer.status_code == 204:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer


@pytest.fixture
def site(tmp_path):
    return write_site(tmp_path / "site")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def link(tmp_path_factory):
    folder = tmp_path_factory.mktemp("l")
    folder.chmod(0o700)
    return folder


@pytest.fixture
def opened(site, store, link, tmp_path):
    token = make_door(link)
    desk = SetupDesk(site.folder, tmp_path / "state", link, store)
    return Page(create_app(site, store, {}, setup=desk)), token


@pytest.fixture
def page(opened):
    page, token = opened
    assert page.enter(token).status_code == 204
    return page


@pytest.fixture
def worker(link):
    seen = {"people": 3, "zones": {"hall": 2, "far": 1}, "recipe": "r", "weights": "w", "captured_at": 1.7e9}

    def answer(question):
        if question["op"] == "boxes":
            return Answer({"ok": True, "boxes": [[480, 400, 520, 500]]})
        return Answer({"ok": True, **seen}, PNG)

    server = LinkServer(link, ["a"], answer)
    yield seen
    server.close()


def audit(store):
    return [(row["who"], row["what"]) for row in store.read_audit(50)]


@pytest.mark.parametrize(("method", "path", "body"), [*CALLS, ("POST", "/session", {"token": "x", "who": "w"})])
def test_without_the_option_every_call_says_how_to_start_it(site, store, method, path, body):
    answer = Page(create_app(site, store, {})).call(method, path, body)
    assert answer.status_code == 404
    assert answer.json()["code"] == "off"
    assert "--setup" in answer.json()["text"]["ja"]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_without_a_session_every_call_is_refused_before_it_is_read(opened, method, path, body):
    page, _ = opened
    for cookie in ("", "mall_setup=guess", "mall_setup=", "\x01;;="):
        page.cookie = cookie
        answer = page.call(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (401, "session")
        assert set(answer.json()["text"]) == {"en", "ja"}


def test_the_cookie_is_for_these_addresses_and_no_script(opened, store):
    page, token = opened
    cookie = page.enter(token).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/api/v1/setup", "max-age=3600"} <= parts
    assert token not in cookie
    assert audit(store) == [("Aiko", "setup opened")]
    assert Page(page.client._app).enter(token).json()["code"] == "token"
    assert page.call("DELETE", "/session").status_code == 204
    assert page.call("GET", "/site").status_code == 401


def test_ten_guesses_close_the_door(opened):
    page, token = opened
    answers = [page.enter(f"guess {i}") for i in range(10)]
    assert {answer.status_code for answer in answers} == {401}
    assert page.enter(token).json()["code"] == "closed"


def test_other_sites_and_other_hosts_are_refused(page):
    body = {"version": "x", "who": "w"}
    assert page.call("POST", "/save", body, origin="http://evil.example").status_code == 403
    assert page.call("POST", "/save", body, sec_fetch_site="cross-site").status_code == 403
    assert page.call("GET", "/site", host="evil.example").status_code == 421


def test_the_site_is_told_as_it_is(page):
    told = page.ok("GET", "/site")
    assert told["site"] == {"id": "small", "name": "Small"}
    assert told["levels"] == [{"id": "1f", "label": "1f"}]
    first, second = told["cameras"]
    assert first["calibration"]["plan_points"] == PAIRS["plan_points"]
    assert (first["size"], first["source_kind"], first["card"]) == ([1000, 1000], "boxes", None)
    assert (second["calibration"], second["planes"], second["masks"]) == (None, [], [])
    assert (told["plan"], told["plan_editable"], told["undo"]) == (PLAN, True, None)


def test_a_still_is_passed_on_and_written_down_but_kept_nowhere(page, worker, store, tmp_path, link):
    answer = page.call("POST", "/still", {"camera": "a", "why": "ladder moved"})
    assert (answer.status_code, answer.content) == (200, PNG)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/png", "no-store")
    assert answer.headers["x-still-expires-s"] == "60"
    assert answer.headers["x-still-people"] == "3"
    assert json.loads(answer.headers["x-still-zones"]) == {"hall": 2, "far": 1}
    assert answer.headers["x-still-captured-at"] == "2023-11-14T22:13:20.000+00:00"
    last = store.read_audit(1)[0]
    assert (last["who"], last["what"], last["camera"], last["why"]) == ("Aiko", "setup still", "a", "ladder moved")
    for folder in (tmp_path, link):
        assert not [path for path in folder.rglob("*") if path.is_file() and b"PNG" in path.read_bytes()]


@pytest.mark.parametrize("code", ["no-picture", "no-detector", "lost"])
def test_why_there_is_no_still(page, link, code):
    server = LinkServer(link, ["a"], lambda _question: Answer({"ok": False, "code": code, "reason": "so"}))
    answer = page.call("POST", "/still", {"camera": "a", "why": "w"})
    server.close()
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert page.call("POST", "/still", {"camera": "a", "why": "w"}).json()["code"] == "no-answer"


def test_a_draft_is_tried_with_the_people_of_now(page, worker, site):
    before = files(site.folder)
    tried = page.ok("POST", "/try", {"camera": "a", "size": [1000, 1000], "calibration": PAIRS})
    assert tried["problems"] == []
    assert tried["fit"]["rms_m"] == 0
    assert tried["people"] == [[5.0, 5.0]]
    assert tried["plan"]["zones_seen"] == {"hall": 1.0, "far": 0.5}
    assert tried["picture"]["horizon"] is None
    assert {row["id"] for row in tried["picture"]["plan"]} == {"hall", "far", "door"}
    tried = page.ok("POST", "/try", {"camera": "b", "size": [1000, 1000], "calibration": None, "plan": PLAN})
    assert (tried["fit"], tried["people"]) == (None, None)
    assert files(site.folder) == before


def test_saved_read_and_taken_back(page, site, store):
    first, told = files(site.folder), page.ok("GET", "/site")
    what = [{"camera": "b", "calibration": PAIRS, "label": "B", "masks": [[[0, 0], [9, 0], [0, 9]]]}]
    saved = page.ok("POST", "/save", {"version": told["version"], "what": what, "plan": PLAN, "who": "Ben"})
    assert saved["undo"]["what"].startswith("b: ")
    assert (saved["undo"]["who"], saved["undo"]["available"], saved["problems"]) == ("Aiko", 1, [])
    assert load_site(site.folder).camera("b").label == "B"
    again = page.call("POST", "/save", {"version": told["version"], "what": what, "who": "Ben"})
    assert (again.status_code, again.json()["code"]) == (409, "changed")
    now = page.ok("GET", "/site")
    assert now["version"] == saved["version"]
    assert now["cameras"][1]["calibration"]["image_points"] == PAIRS["image_points"]
    undone = page.ok("POST", "/undo", {"version": now["version"]})
    assert undone["version"] == told["version"]
    assert files(site.folder) == first
    assert page.call("POST", "/undo", {"version": undone["version"]}).json()["code"] == "none"
    assert [what for _, what in audit(store)] == ["setup opened", "setup saved", "setup taken back"]


def test_what_cannot_be_saved_is_told_with_its_place(page, site):
    before, version = files(site.folder), page.ok("GET", "/site")["version"]
    flat = {**PAIRS, "image_points": [[0, 0], [10, 0], [20, 0], [30, 0]]}
    answer = page.call(
        "POST", "/save", {"version": version, "what": [{"camera": "a", "calibration": flat}], "who": "w"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    (problem,) = answer.json()["problems"]
    assert (problem["code"], problem["severity"], problem["where"]["camera"]) == ("collinear", "error", "a")
    assert files(site.folder) == before


def test_a_calibration_can_be_taken_away_and_what_is_not_sent_stays(page, site):
    version = page.ok("GET", "/site")["version"]
    page.ok("POST", "/save", {"version": version, "what": [{"camera": "a", "calibration": None}], "who": "w"})
    camera = load_site(site.folder).camera("a")
    assert (camera.calibration, camera.label, camera.size) == (None, "A", (1000, 1000))


BIG = [[0, 0]] * 500


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/try", {"camera": "a", "size": [0, 10]}),
        ("/try", {"camera": "../a", "size": [10, 10]}),
        ("/try", {"camera": "a", "size": [10, 10], "calibration": {"image_points": BIG, "plan_points": BIG}}),
        ("/try", {"camera": "a", "size": [10, 10], "calibration": {"image_points": [["x", 0]], "plan_points": []}}),
        ("/try", {"camera": "a", "size": [10, 10], "surprise": 1}),
        ("/save", {"version": "x", "what": [{"camera": "a", "source": "/etc/passwd"}], "who": "w"}),
        ("/save", {"version": "x", "what": [], "who": ""}),
        ("/save", []),
        ("/still", {"camera": "a"}),
        ("/still", {"camera": "a", "why": ""}),
        ("/head-counts", {"camera": "a", "still": "x", "people": -1}),
        ("/session", {"token": "x"}),
    ],
)
def test_requests_of_another_shape_are_refused(page, path, body):
    answer = page.call("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "shape"), answer.text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
@pytest.mark.parametrize("where", ["pairs", "plan"])
def test_numbers_that_are_none_are_refused(page, site, number, where):
    before, version = files(site.folder), page.ok("GET", "/site")["version"]
    plan = json.dumps(PLAN).replace("15", number, 1)
    pairs = json.dumps(PAIRS).replace("1000", number, 1)
    change = {"pairs": f'"what": [{{"camera": "a", "calibration": {pairs}}}]', "plan": f'"plan": {plan}'}[where]
    content = f'{{"version": "{version}", "who": "w", {change}}}'.encode()
    headers = {"cookie": page.cookie, "content-type": "application/json"}
    answer = page.client.request("POST", f"{SETUP}/save", headers, content=content)
    assert answer.status_code in (400, 422), answer.text
    assert files(site.folder) == before


def test_large_and_deep_bodies_are_refused(page):
    headers = {"cookie": page.cookie, "content-type": "application/json"}
    answer = page.client.request("POST", f"{SETUP}/save", headers, content=b" " * 2_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "size")
    deep = b'{"version": "x", "who": "w", "plan": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    answer = page.client.request("POST", f"{SETUP}/save", headers, content=deep)
    assert answer.status_code in (400, 409, 422)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/still", {"camera": "none", "why": "w"}),
        ("POST", "/try", {"camera": "none", "size": [10, 10]}),
        ("GET", "/head-counts?camera=none", None),
        ("POST", "/head-counts/fit", {"camera": "none"}),
        ("DELETE", "/head-counts/x?camera=a", None),
    ],
)
def test_unknown_cameras_and_counts_are_404(page, method, path, body):
    answer = page.call(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


def test_heads_are_counted_on_stills_and_fitted(page, worker, site):
    page_still = {"camera": "a", "why": "heads"}
    for seen, people in [(3, 4), (6, 8), (9, 12), (2, 2), (5, 7)]:
        worker["people"] = seen
        assert page.call("POST", "/head-counts/fit", {"camera": "a"}).json()["code"] == "few-counts"
        still = page.call("POST", "/still", page_still).headers["x-still-id"]
        told = page.ok("POST", "/head-counts", {"camera": "a", "still": still, "people": people, "zones": {"hall": 2}})
    assert len(told["counts"]) == 10
    assert told["fit"]["range"] == [2, 12]
    assert told["fit"]["card"]["n"] == 5
    fitted = page.ok("POST", "/head-counts/fit", {"camera": "a"})
    assert fitted == told["fit"]
    written = json.loads((site.folder / "calibration" / "a.json").read_text())
    assert (written["camera"], written["digest"], written["line"]["a"]) == ("a", "r", fitted["line"]["slope"])
    assert set(written["zones"]) == {"hall"}
    assert page.ok("GET", "/site")["cameras"][0]["card"]["n"] == 5
    assert page.call("DELETE", f"/head-counts/{told['counts'][0]['id']}?camera=a").status_code == 204
    assert page.ok("GET", "/head-counts?camera=a")["fit"] is None
    assert page.call("POST", "/head-counts", {"camera": "b", "still": still, "people": 1}).json()["code"] == "still"
    page.ok("POST", "/undo", {"version": page.ok("GET", "/site")["version"]})
    assert not (site.folder / "calibration" / "a.json").exists()


def test_the_interface_describes_itself_only_where_it_is_on(page, site, store):
    on = page.client.get("/api/v1/openapi.json").json()["paths"]
    off = AppClient(create_app(site, store, {})).get("/api/v1/openapi.json").json()["paths"]
    assert {path for path in on if path.startswith(SETUP)} >= {f"{SETUP}/{p}" for p in ("site", "still", "try", "save")}
    assert not [path for path in off if path.startswith(SETUP)]


def test_no_answer_and_no_audit_holds_the_token(opened, store):
    page, token = opened
    texts = [page.enter(token).text, page.call("GET", "/site").text, json.dumps(store.read_audit(50))]
    assert not any(token in text for text in texts)
    assert hashlib.sha256(token.encode()).hexdigest() not in "".join(texts)
    assert re.fullmatch(r"[\w-]{32}", token)
