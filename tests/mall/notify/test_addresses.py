"""Where a webhook may go: hostile addresses are refused before anything is opened."""

import pytest

from mall.notify.addresses import check_url, reachable

HOSTS = ("hooks.example.com", "10.20.0.0/16", "192.0.2.7", "::1", "nas", "127.0.0.1")


@pytest.mark.parametrize(
    ("url", "netloc", "path"),
    [
        ("https://hooks.example.com/a?b=1", "hooks.example.com", "/a?b=1"),
        ("http://hooks.example.com:8080", "hooks.example.com:8080", "/"),
        ("https://HOOKS.example.com./x", "hooks.example.com", "/x"),
        ("http://10.20.3.4/x", "10.20.3.4", "/x"),
        ("http://192.0.2.7/x", "192.0.2.7", "/x"),
        ("http://[::1]:9/x", "[::1]:9", "/x"),
        ("http://nas/x", "nas", "/x"),
    ],
)
def test_named_hosts_are_taken(url: str, netloc: str, path: str) -> None:
    target = check_url(url, HOSTS)
    assert (target.netloc, target.path) == (netloc, path)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.example.com/x", "//hooks.example.com/x", "file:///etc/passwd", "file://hooks.example.com/etc/passwd",
        "ftp://hooks.example.com/x", "gopher://hooks.example.com/x", "concat:http://hooks.example.com/x",
        "javascript:alert(1)", "data:text/plain,x", "unix:///run/x", "jar:http://hooks.example.com/x",
        "http:///x", "http://", "https://:443/x", "http://hooks.example.com:0/", "http://hooks.example.com:99999/",
        "http://hooks.example.com:x/", "http://evil.example/x", "http://hooks.example.com.evil.example/",
        "http://evil.example/hooks.example.com", "http://hooks.example.com@evil.example/",
        "http://user:secret@hooks.example.com/", "http://user@hooks.example.com/", "http://hooks.example.com#@evil/",
        "http://evil.example\\@hooks.example.com/", "http://hooks.example.com/\r\nX: y", "http://hooks.example.com/a b",
        "http://hooks.example.com/\x00", "http://hooks.example.com/é", "http://ｈooks.example.com/",
        "http://10.21.0.1/", "http://127.0.0.2/", "http://127.1/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://0x7f.1/", "http://[::ffff:10.21.0.1]/", "http://[::ffff:7f00:2]/",
        "http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/", "http://localhost/", "http://0/",
        "http://0.0.0.0/", "http://[::]/", "http://[fe80::1%25eth0]/", "http://[::1/", "http://hooks.example.com%2eevil/",
        "http://hooks.example.com%00.evil/", "http://metadata.google.internal/",
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected|host"):
        check_url(url, HOSTS)


@pytest.mark.parametrize(
    ("found", "address"),
    [
        (["93.184.215.14"], "93.184.215.14"), (["2606:2800:21f::1"], "2606:2800:21f::1"),
        (["10.20.9.9"], "10.20.9.9"), (["127.0.0.1"], "127.0.0.1"),
    ],
)  # fmt: skip
def test_a_name_may_lead_to_public_and_to_listed_addresses(found: list[str], address: str) -> None:
    target = check_url("https://hooks.example.com/", HOSTS)
    assert reachable(target, HOSTS, lambda _host, _port: found) == address


@pytest.mark.parametrize(
    "found",
    [
        ["169.254.169.254"], ["10.21.0.1"], ["127.0.0.2"], ["192.168.0.1"], ["fd00:ec2::254"], ["::ffff:192.168.0.1"],
        ["fe80::1%eth0"], ["224.0.0.1"], ["0.0.0.0"], ["::"], ["100.100.100.200"], ["168.63.129.16"],
        ["93.184.215.14", "192.168.0.1"],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(found: list[str]) -> None:
    target = check_url("https://hooks.example.com/", HOSTS)
    with pytest.raises(ValueError, match="may not reach"):
        reachable(target, HOSTS, lambda _host, _port: found)


def test_link_local_is_refused_even_where_it_is_listed() -> None:
    hosts = ("169.254.0.0/16", "0.0.0.0/0")
    target = check_url("http://169.254.169.254/latest", hosts)
    with pytest.raises(ValueError, match="may not reach"):
        reachable(target, hosts)


def test_a_name_without_an_address_is_no_answer() -> None:
    with pytest.raises(OSError, match="no address"):
        reachable(check_url("https://hooks.example.com/", HOSTS), HOSTS, lambda _host, _port: [])
