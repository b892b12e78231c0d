import json
import re
from pathlib import Path
from typing import Any

import pytest

from mall.config import Site
from mall.models import MinuteRow
from mall.store import MemoryStore
from mall.web.application import create_app
from mall.web.shell import LANGUAGES, embed_json, texts
from tests.mall.web.client import AppClient
from tests.mall.web.small_site import write_site

PAGES = ["/", "/wall", "/advisories", "/history", "/popups", "/tenant"]
CALLBACK = "/_dash-update-component"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return write_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def client(site: Site) -> AppClient:
    store = MemoryStore()
    start = int(store.time() // 60) * 60 - 120
    assert store.append_minute("1f", start, [MinuteRow("hall", 20.0, 25, 1.0, 0, 0)])
    return AppClient(create_app(site, store, {}))


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_with_everything_from_here(client: AppClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
    assert loaded
    assert [address for address in loaded if not address.startswith("/")] == []


@pytest.mark.parametrize("path", PAGES)
def test_every_text_of_a_page_exists_in_both_languages(client: AppClient, path: str) -> None:
    keys = set(re.findall(r'data-t(?:-label|itle)?="([^"]+)"', client.get(path).text))
    assert len(re.findall("<title data-title=", client.get(path).text)) == 1
    assert keys
    for language in LANGUAGES:
        assert keys - texts(language).keys() == set()


def test_both_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, japanese = texts("en"), texts("ja")
    assert english.keys() == japanese.keys()
    for key in english:
        # "one of n" forms may leave the number out in one language
        assert set(re.findall(r"\{\w+\}", japanese[key])) == set(re.findall(r"\{\w+\}", english[key])), key


def test_texts_that_scripts_ask_for_exist() -> None:
    assets = Path(__file__).parents[3] / "assets"
    scripts = sorted(assets.glob("*.js"))
    assert len(scripts) > 8
    asked = {key for path in scripts for key in re.findall(r'\b(?:T\.|_)t\("([\w./?]+)"', path.read_text("utf-8"))}
    assert asked - texts("en").keys() == set()


@pytest.mark.parametrize("path", ["/nothing", "/live", "/api/v1/nothing", "/assets/nothing.js", "/live/heat/9f"])
def test_unknown_addresses_are_404_not_a_page(client: AppClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<html" not in answer.text


def test_no_heat_yet_is_no_content(client: AppClient) -> None:
    assert client.get("/live/heat/1f").status_code == 204


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/site", "/nothing"])
def test_private_answers_cannot_be_framed_and_run_no_foreign_script(client: AppClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    script = policy.split("script-src")[1].split(";")[0]
    assert "unsafe-inline" not in script
    assert "http" not in script


def test_the_widget_may_be_framed_by_anybody(client: AppClient) -> None:
    answer = client.get("/embed/", headers={"origin": "https://shop.example"})
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "", "[::1", "mall.local"]
)
def test_foreign_hosts_are_refused(client: AppClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8050", "LOCALHOST", "[::1]:8050"])
def test_loopback_hosts_are_served(client: AppClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),  # another program on the same machine
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://127.0.0.1"}, 404),  # passes the guard: there is no such advisory
        ({}, 404),
    ],
)
def test_only_the_page_itself_may_acknowledge(client: AppClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/v1/advisories/none/acknowledge", headers=headers, json={"by": "console:mori"})
    assert answer.status_code == status


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"output": 1}', b"[" * 100_000, b"\xff", b'{"output":"x"}'])
def test_a_callback_body_that_is_none_is_400(client: AppClient, body: bytes) -> None:
    answer = client.post(CALLBACK, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("origin", ["http://[::1", "http://]", "null", "http://evil.example", "\x7f"])
def test_an_origin_that_is_none_of_ours_is_refused_whatever_it_is(client: AppClient, origin: str) -> None:
    assert client.get("/healthz", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/api/v1/live", "no-store"),
        ("/", "no-store"),
        ("/assets/app.css", "no-store"),
        ("/assets/app.css?v=1", "immutable"),
    ],
)
def test_what_may_be_kept_is_named(client: AppClient, path: str, kept: str) -> None:
    assert kept in client.get(path).headers["cache-control"]


GOOD = {"id": "live-zone", "property": "data", "value": None}
OUT = "live-charts.children"


@pytest.mark.parametrize(
    "row",
    [
        {"output": "nope.x", "inputs": []},
        {"output": "nope.x", "inputs": [GOOD]},
        {"output": OUT, "inputs": []},
        {"output": OUT, "inputs": [GOOD, GOOD]},
        {"output": OUT, "inputs": [None]},
        {"output": OUT, "inputs": [[GOOD]]},
        {"output": OUT, "inputs": [{**GOOD, "id": "other"}]},
        {"output": OUT, "inputs": [{**GOOD, "property": "children"}]},
        {"output": OUT, "inputs": [{**GOOD, "id": {"type": "x"}}]},
        {"output": OUT, "inputs": [{**GOOD, "value": [[[[[1]]]]]}]},
        {"output": OUT, "inputs": {"0": GOOD}},
        {"output": [OUT], "inputs": [GOOD]},
        {"output": f"..{OUT}..", "inputs": [GOOD]},
    ],
)
def test_a_callback_of_another_shape_is_400(client: AppClient, row: dict[str, Any]) -> None:
    assert client.post(CALLBACK, json=row).status_code == 400


@pytest.mark.parametrize(
    "more",
    [
        {"outputs": 7},
        {"outputs": [{"id": 1}]},
        {"state": 7},
        {"state": [{"id": "x"}]},
        {"changedPropIds": 7},
        {"changedPropIds": [None]},
        {"changedPropIds": ["a", "b.c.d"]},
        {"parsedChangedPropsIds": 7, "background": {"x": 1}, "triggered": 1},
        {"inputs": [{"id": "live-zone", "property": "data"}]},
    ],
)
def test_what_is_odd_about_the_rest_of_a_callback_does_not_matter(client: AppClient, more: dict[str, Any]) -> None:
    row = {"output": OUT, "inputs": [GOOD]} | more
    assert client.post(CALLBACK, json=row).status_code == 200


@pytest.mark.parametrize(
    "query", ["endId=abc~00", "cancelJob=1", "cacheKey=x&job=1", "job=1&cancelJob=1&oldJob=2", "%00=%00"]
)
def test_what_follows_the_address_of_a_callback_does_not_matter(client: AppClient, query: str) -> None:
    row = {"output": OUT, "inputs": [GOOD]}
    bare, answer = client.post(CALLBACK, json=row), client.post(f"{CALLBACK}?{query}", json=row)
    assert (answer.status_code, answer.content) == (200, bare.content)


def ask_charts(client: AppClient, asked: Any) -> Any:
    row = {"output": "live-charts.children", "outputs": {"id": "live-charts", "property": "children"}}
    row |= {"changedPropIds": ["live-zone.data"], "inputs": [{"id": "live-zone", "property": "data", "value": asked}]}
    answer = client.post(CALLBACK, json=row)
    assert answer.status_code == 200
    return answer.json()["response"]["live-charts"]["children"]


def test_the_charts_of_a_zone_are_drawn_without_a_way_out(client: AppClient) -> None:
    children = ask_charts(client, {"zone": "hall", "theme": "dark", "language": "en"})
    graph = next(child for child in children if child["type"] == "Graph")
    config = graph["props"]["config"]
    assert (config["showSendToCloud"], config["plotlyServerURL"]) == (False, "")


@pytest.mark.parametrize(("language", "words"), [("en", "No full minute yet"), ("ja", "1分値の集計待ち")])
def test_a_zone_without_a_full_minute_says_so_in_place_of_an_empty_chart(
    client: AppClient, language: str, words: str
) -> None:
    children = ask_charts(client, {"zone": "plaza", "theme": "dark", "language": language})
    assert [(child["type"], child["props"]["children"]) for child in children[1:]] == [("P", words)]


@pytest.mark.parametrize("asked", [None, 1, [], {}, {"zone": None}, {"zone": "<script>"}, {"zone": ["hall"]}])
def test_charts_of_no_such_zone_are_none(client: AppClient, asked: Any) -> None:
    assert ask_charts(client, asked) == []


def test_names_cannot_close_a_data_block() -> None:
    block = embed_json("x", {"label": "</script><script>alert(1)</script>"})
    assert block.count("</script>") == 1


def test_no_name_is_taken_for_a_place_that_dash_fills(tmp_path: Path) -> None:
    odd = "Hall {%scripts%} x {%config%} {%renderer%} {%app_entry%} {%css%}"
    site = write_site(tmp_path, [], name="Mall {%scripts%}", hall=odd)
    page = AppClient(create_app(site, MemoryStore(), {})).get("/").text
    plan = json.loads(page.split('id="mall-page">')[1].split("</script>")[0])
    assert plan["site"]["zones"][0]["label"] == odd
    assert plan["site"]["name"] == "Mall {%scripts%}"
    assert page.count("Mall &#123;%scripts%}") == 2
    assert page.count('id="_dash-config"') == 1
    assert len(re.findall(r"\{%\w+%\}", page)) == 0


def test_dash_is_given_no_full_chart_bundle(client: AppClient) -> None:
    scripts = re.findall(r'<script src="([^"]+)"', client.get("/").text)
    assert [path for path in scripts if "plotly" in path] == []
