import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from mall.config import load_site
from mall.errors import SiteError, StoreError
from mall.models import pack
from mall.store import MemoryStore
from mall.web.embed import ASSETS, EmbedPage, PublicState, embed_app
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import write_site

NOW = 1_795_239_127.0
WORDS = {"quiet", "moderate", "busy", "very_busy", "no_data", "closed"}
PUBLIC = {"version": 12, "at": NOW, "zones": {"hall": "busy", "plaza": "quiet", "upper": "no_data"}}


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    found = MemoryStore(clock=clock)
    found.publish_public(pack(PUBLIC))
    return found


@pytest.fixture
def client(tmp_path: Path, store: MemoryStore) -> AppClient:
    return AppClient(embed_app(write_site(tmp_path), store))


def numbers_in(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for each in value.values() for n in numbers_in(each)]
    if isinstance(value, list):
        return [n for each in value for n in numbers_in(each)]
    return [value] if isinstance(value, int | float) else []


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False), ("*;q=0", False), ("identity", False), ("", False), ("xgzip", False),
    ],
)  # fmt: skip
def test_gzip_goes_to_those_who_take_it(client: AppClient, accepted: str, packed: bool) -> None:
    answer = client.get("/state.json", headers={"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.json() == PUBLIC


@pytest.mark.parametrize(
    ("framed_by", "ancestors"),
    [("", "*"), ('[public]\nframed_by = ["https://a.example", "https://*.b.example:8443"]', None)],
)
def test_a_site_says_who_may_frame_the_widget(
    tmp_path: Path, store: MemoryStore, framed_by: str, ancestors: str | None
) -> None:
    write_site(tmp_path)
    path = tmp_path / "site.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{framed_by}\n", encoding="utf-8")
    policy = AppClient(embed_app(load_site(tmp_path), store)).get("/").headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {ancestors or 'https://a.example https://*.b.example:8443'}")


@pytest.mark.parametrize("origin", ["a.example", "https://a.example; script-src *", "https://a b", "javascript:1"])
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str) -> None:
    write_site(tmp_path)
    path = tmp_path / "site.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}\n[public]\nframed_by = ["{origin}"]\n', encoding="utf-8")
    with pytest.raises(SiteError, match="framed_by"):
        load_site(tmp_path)


def test_the_page_without_a_script_says_what_the_pictures_are_and_reads_itself_again(
    client: AppClient, tmp_path: Path
) -> None:
    page = client.get("/?lang=en").text
    assert '<span class="tag">RECORDED</span>' in page
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page


def test_the_state_is_version_time_and_words(client: AppClient) -> None:
    answer = client.get("/state.json")
    assert answer.status_code == 200
    assert answer.json() == PUBLIC
    assert set(answer.json()["zones"].values()) <= WORDS
    assert numbers_in(answer.json()["zones"]) == []


@pytest.mark.parametrize("word", [5, "5 people", None, "<b>", ["quiet"]])
def test_what_is_not_a_word_does_not_get_out(tmp_path: Path, store: MemoryStore, word: Any) -> None:
    store.publish_public(pack(PUBLIC | {"zones": {"hall": word}, "totals": {"in": 5}}))
    if isinstance(word, list):
        word = str(word)
        store.publish_public(pack(PUBLIC | {"zones": {"hall": word}, "totals": {"in": 5}}))
    answer = AppClient(embed_app(write_site(tmp_path), store)).get("/state.json").json()
    assert answer == PUBLIC | {"zones": {"hall": "no_data"}}


BEST = {"from": "15:00", "to": "16:00", "sample": False}


@pytest.mark.parametrize(
    ("best", "told"),
    [
        (BEST, BEST),
        (BEST | {"people": 12}, BEST),
        (BEST | {"sample": "no"}, BEST | {"sample": True}),
        ({"from": "15:00", "to": "16:00"}, BEST | {"sample": True}),
        (BEST | {"from": 15}, None),
        (BEST | {"to": "16:00<b>"}, None),
        ("15:00", None),
        (None, None),
    ],
)
def test_the_calmest_hours_are_two_times_of_day_and_nothing_else(
    tmp_path: Path, store: MemoryStore, best: Any, told: Any
) -> None:
    store.publish_public(pack(PUBLIC | {"best": best}))
    answer = AppClient(embed_app(write_site(tmp_path), store)).get("/state.json").json()
    assert answer == PUBLIC | ({} if told is None else {"best": told})


@pytest.mark.parametrize(
    ("lang", "is_sample", "line"),
    [
        ("en", False, "<p>Calmest today: 15:00–16:00</p>"),
        ("en", True, "<p>Calmest today: 15:00–16:00 (sample)</p>"),
        ("ja", False, "<p>本日空いている時間：15:00〜16:00</p>"),
        ("ja", True, "<p>本日空いている時間：15:00〜16:00（見本）</p>"),
    ],
)
def test_the_page_tells_the_calmest_hours_while_the_words_are_fresh(
    tmp_path: Path, store: MemoryStore, clock: Clock, *, lang: str, is_sample: bool, line: str
) -> None:
    store.publish_public(pack(PUBLIC | {"best": BEST | {"sample": is_sample}}))
    site = write_site(tmp_path)
    state = PublicState(site, store)
    state.reread()
    assert line in EmbedPage(site, state).write(lang).body.decode()
    clock.now += 181.0
    state.reread()
    assert "best" not in state.state
    assert "15:00" not in EmbedPage(site, state).write(lang).body.decode()


def test_everybody_gets_the_same_bytes_and_304_for_them(client: AppClient) -> None:
    first, second = client.get("/state.json"), client.get("/state.json", {"User-Agent": "another"})
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    again = client.get("/state.json", {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/state.json", {"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/state.json", "/plan.json", "/widget.js"])
def test_headers_of_the_public_door(client: AppClient, path: str) -> None:
    answer = client.get(path)
    plain = client.get(path, {"Accept-Encoding": "identity"})
    assert answer.headers["content-encoding"] == "gzip"
    assert plain.content == answer.content
    assert answer.headers["etag"] != plain.headers["etag"]
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    if path == "/":
        assert "frame-ancestors *" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
    else:
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("step_s", "is_gone"), [(-5.0, False), (-120.0, False), (-3600.0, True)])
def test_a_store_clock_set_back_makes_nothing_fresh(
    tmp_path: Path, store: MemoryStore, clock: Clock, step_s: float, is_gone: bool
) -> None:
    state = PublicState(write_site(tmp_path), store)
    state.reread()
    clock.now = NOW + step_s
    state.reread()
    assert state.age_s == -step_s
    assert (set(state.state["zones"].values()) == {"no_data"}) is is_gone


def test_stale_is_said_and_old_is_no_data(tmp_path: Path, store: MemoryStore, clock: Clock) -> None:
    site = write_site(tmp_path)
    state = PublicState(site, store)
    for age_s, expected in ((0.0, PUBLIC["zones"]), (90.0, PUBLIC["zones"]), (179.0, PUBLIC["zones"])):
        clock.now = NOW + age_s
        state.reread()
        assert state.state["zones"] == expected
    page = AppClient(embed_app(site, store)).get("/?lang=en").text
    assert "<b>updated at 14:32</b>" in page.replace("05:32", "14:32")
    clock.now = NOW + 181.0
    state.reread()
    assert set(state.state["zones"].values()) == {"no_data"}
    assert set(state.state["zones"]) == set(PUBLIC["zones"])  # type: ignore[arg-type]
    assert set(json.loads(state.bytes.body)["zones"].values()) == {"no_data"}


def test_a_silent_store_keeps_the_last_words_until_they_are_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MemoryStore()
    at = store.time()
    store.publish_public(pack(PUBLIC | {"at": at}))
    state = PublicState(write_site(tmp_path), store)
    state.reread()

    def refuse() -> float:
        raise StoreError("gone")

    monkeypatch.setattr(store, "time", refuse)
    state.reread()
    assert state.state["zones"] == PUBLIC["zones"]
    monkeypatch.setattr("mall.web.embed.time.time", lambda: at + 200.0)
    state.reread()
    assert set(state.state["zones"].values()) == {"no_data"}


def test_before_the_first_minute_there_is_no_data(tmp_path: Path) -> None:
    client = AppClient(embed_app(write_site(tmp_path), MemoryStore()))
    assert client.get("/state.json").json() == {"version": 0, "at": None, "zones": {}}
    assert "現在データがありません" in client.get("/").text


def test_the_plan_tells_nothing_of_staff_and_little_of_rest_rooms(client: AppClient) -> None:
    answer = client.get("/plan.json")
    plan = answer.json()
    assert {zone.get("id") for zone in plan["zones"]} == {None, "hall", "plaza", "upper"}
    assert "事務室" not in answer.text
    assert "Office" not in answer.text
    assert [set(zone) for zone in plan["zones"] if zone.get("icon") == "wc"] == [{"icon", "level", "polygon"}]
    shop = next(zone for zone in plan["zones"] if zone.get("label") == "Books")
    assert "id" not in shop
    corner = next(zone for zone in plan["zones"] if zone.get("parent"))
    assert corner["parent"] == "hall"
    assert {part["level"] for part in plan["hull"]} == {"1f", "2f"}


@pytest.mark.parametrize(
    ("query", "name", "word"), [("", "ホール", "混雑"), ("?lang=en", "Hall", "Busy"), ("?lang=xx", "ホール", "混雑")]
)
def test_the_page_is_a_list_that_reads_without_a_script(client: AppClient, query: str, name: str, word: str) -> None:
    page = client.get("/" + query).text
    assert f"<span>{name} <small>1F</small></span><b>{word}</b>" in page
    assert "{{" not in page


def test_names_cannot_write_markup(tmp_path: Path, store: MemoryStore) -> None:
    site = write_site(tmp_path)
    text = (tmp_path / "floorplan.geojson").read_text(encoding="utf-8").replace("ホール", "<script>alert(1)</script>")
    (tmp_path / "floorplan.geojson").write_text(text, encoding="utf-8")
    from mall.config import load_site

    page = AppClient(embed_app(load_site(site.folder), store)).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_all_of_it_is_at_most_30_kb_and_a_tick_3_kb(client: AppClient) -> None:
    sizes = {
        path: len(gzip.compress(client.get(path).content)) for path in ("/", "/widget.js", "/plan.json", "/state.json")
    }
    print(f"\nwidget, gzipped bytes: {sizes}, in all {sum(sizes.values())}")  # noqa: T201 (the figure is part of the result)
    assert sum(sizes.values()) <= 30_000
    assert sizes["/state.json"] <= 3_000


def test_the_script_asks_nobody_else_and_keeps_nothing() -> None:
    script = (ASSETS / "widget.js").read_text(encoding="utf-8")
    for forbidden in ("document.cookie", "localStorage", "sessionStorage", "indexedDB", "innerHTML", "eval("):
        assert forbidden not in script
    addresses = [part.split('"')[0] for part in script.split("http")[1:]]
    assert all(part.startswith(("://www.w3.org/2000/svg", "s://mall.example/embed/")) for part in addresses)


def test_the_page_is_made_once_per_language_and_state(tmp_path: Path, store: MemoryStore) -> None:
    site = write_site(tmp_path)
    state = PublicState(site, store)
    page = EmbedPage(site, state)
    store.publish_public(pack({"version": 1, "at": store.time(), "zones": {"hall": "busy"}}))
    state.reread()
    state.age_s = 10.0
    first = page.write("en")
    assert page.write("en") is first
    assert page.write("ja") is not first
    state.age_s = 120.0
    old = page.write("en")
    assert b"<b>updated" in old.body
    assert b"<b>updated" not in first.body
    store.publish_public(pack({"version": 2, "at": store.time(), "zones": {"hall": "quiet"}}))
    state.reread()
    assert b"Quiet" in page.write("en").body
