"""The one place that knows the vendor's client: addresses, time-outs, error translation, hints.

Addresses: ``redis://``, ``rediss://`` (TLS), ``unix:///path``, ``redis+sentinel://[user:password@]host:port[,host:port…]/service[/db]``
and ``redis+cluster://[user:password@]host:port``.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisClusterException, RedisError, ResponseError
from redis.retry import Retry
from redis.sentinel import Sentinel

from mall.errors import AddressError, StoreError, StoreFullError

SOCKET_TIMEOUT_S = 1.0
HEALTH_CHECK_S = 15
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster")
Value = str | bytes | int | float


def place_of(url: str) -> str:
    """Return host and port, or the socket's path, of an address: never its password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2] or "(no host)"


class Link:
    """A connection pool to one store: commands, scripts and hints, with every vendor error translated.

    Raises:
        AddressError: an address of no known form.

    """

    def __init__(self, url: str) -> None:
        self.place = place_of(url)
        self.is_cluster = url.startswith("redis+cluster:")
        self._shas: dict[str, str] = {}
        with self._translated():
            self._client = _connect(url)

    def do(self, *command: Value) -> Any:
        """Send one command and return its reply."""
        with self._translated():
            return self._client.execute_command(*command)

    def run(self, script: str, keys: Sequence[str], *args: Value) -> Any:
        """Run a script, sending its text only where the server does not know it yet."""
        sha = self._shas.get(script)
        if sha is None:
            sha = self._shas[script] = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        with self._translated():
            try:
                return self._client.evalsha(sha, len(keys), *keys, *args)
            except NoScriptError:
                return self._client.eval(script, len(keys), *keys, *args)

    def memory(self) -> list[dict[str, Any]]:
        """Return INFO's memory section of every primary."""
        with self._translated():
            if not self.is_cluster:
                return [self._client.info("memory")]
            nodes = self._client.get_primaries()
            return [self._client.info("memory", target_nodes=node) for node in nodes]

    def keys_like(self, pattern: str) -> list[str]:
        """Return every key of a pattern, on every server; for rare chores only."""
        with self._translated():
            return [key.decode() for key in self._client.scan_iter(match=pattern, count=1000)]

    def subscribe(self, channel: str) -> "Subscription":
        """Return a subscription to hints on a channel; it connects when it is first waited for."""
        return Subscription(lambda: self._client.pubsub(ignore_subscribe_messages=True), channel)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OutOfMemoryError as exc:
            raise StoreFullError(f"the store at {self.place} has no memory left") from exc
        except ResponseError as exc:
            if str(exc).startswith("OOM"):
                raise StoreFullError(f"the store at {self.place} has no memory left") from exc
            raise StoreError(f"the store at {self.place} refused: {exc}") from exc
        except (RedisError, RedisClusterException) as exc:
            raise StoreError(f"the store at {self.place} does not answer: {exc}") from exc


class Subscription:
    """One pub/sub connection for all threads that wait for a channel; a lost one is made anew at the next wait."""

    def __init__(self, open_pubsub: Callable[[], Any], channel: str) -> None:
        self._open_pubsub = open_pubsub
        self._channel = channel
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._pubsub: Any = None

    def wait(self, timeout_s: float) -> bool:
        """Wait for a message, at most ``timeout_s`` seconds, and take those waiting behind it too."""
        end = time.monotonic() + timeout_s
        if not self._lock.acquire(timeout=max(timeout_s, 0)):
            return False
        try:
            return self._next(end)
        except (RedisError, OSError):
            self._drop()
        finally:
            self._lock.release()
        # An unreachable store must not turn a waiting loop into a spinning one.
        self._closed.wait(max(end - time.monotonic(), 0))
        return False

    def close(self) -> None:
        """Wake the waiter and give the connection back."""
        self._closed.set()
        with self._lock:
            self._drop()

    def _next(self, end: float) -> bool:
        if self._closed.is_set():
            return False
        if self._pubsub is None:
            self._pubsub = self._open_pubsub()
            self._pubsub.subscribe(self._channel)
        arrived = False
        while not arrived and not self._closed.is_set() and (left := end - time.monotonic()) > 0:
            arrived = self._pubsub.get_message(timeout=min(left, 0.5)) is not None
        while self._pubsub.get_message(timeout=0) is not None:
            arrived = True
        return arrived

    def _drop(self) -> None:
        if self._pubsub is not None:
            self._pubsub.close()
            self._pubsub = None


def _connect(url: str) -> Any:
    parts = urlsplit(url)
    # No hidden retries: the default client hung 40 s on a stopped server; callers decide what to repeat.
    options: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": HEALTH_CHECK_S,
        "decode_responses": False,
        "protocol": 2,
    }
    try:
        if parts.scheme == "redis+sentinel":
            return _sentinel(url, options)
        if parts.scheme == "redis+cluster":
            return RedisCluster.from_url(url.replace("redis+cluster", "redis", 1), **options)
        if parts.scheme not in SCHEMES:
            raise ValueError(f"the address must begin with one of {', '.join(SCHEMES)}")
        return redis.Redis.from_url(url, **options)
    except ValueError as exc:
        raise AddressError(f"store address {parts.scheme}://{place_of(url)}: {exc}") from exc
    except (RedisError, RedisClusterException) as exc:
        raise AddressError(f"store at {place_of(url)}: no answer") from exc


def _sentinel(url: str, options: dict[str, Any]) -> Any:
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    if not service or not hosts:
        raise ValueError("a Sentinel address is redis+sentinel://host:port/service")
    watchers = [(host, int(port or 26379)) for host, _, port in (pair.partition(":") for pair in hosts.split(","))]
    if password:
        options |= {"username": unquote(user) or None, "password": unquote(password)}
    watching = {name: options[name] for name in ("socket_timeout", "socket_connect_timeout", "retry")}
    sentinel = Sentinel(watchers, sentinel_kwargs=watching, **options)  # type: ignore[no-untyped-call]
    return sentinel.master_for(service, db=int(database or 0))  # type: ignore[no-untyped-call]
