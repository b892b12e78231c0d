"""Prometheus metrics, made from the very view that the operator's page shows; never a label that names a person."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mall.advisories.desk import SELF_TEST
from mall.models import SEVERITIES, CameraStatus
from mall.notify.outbox import read_states
from mall.store import Store

STATES = ("live", "stale", "offline", "unknown", "saturated", "suspect", "failed")


class MallCollector(Collector):
    """Reads one view and one set of camera reports per scrape."""

    def __init__(self, view: Callable[[], Mapping[str, Any]], store: Store) -> None:
        self._view, self._store = view, store
        self._before: dict[str, CameraStatus] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; a value that is not known is left out, never 0."""
        view = self._view()
        yield from _zones(view["zones"])
        yield from _camera_states(view["cameras"])
        live = {camera for camera, row in view["cameras"].items() if row["state"] == "live"}
        yield from self._reports({id_: row for id_, row in self._store.read_statuses().items() if id_ in live})
        yield from _sensors(view["popups"])
        yield from _advisories(view.get("advisories", ()))
        yield from _channels(self._store)
        memory = self._store.memory_share()
        if memory is not None:
            yield GaugeMetricFamily("store_memory_share", "Used share of the store's memory limit", value=memory)
        refused = CounterMetricFamily("ingest_refused", "Sensor messages refused, by reason", labels=["reason"])
        for reason, count in self._store.refusals().items():
            refused.add_metric([reason], count)
        yield refused

    def _reports(self, reports: Mapping[str, CameraStatus]) -> Iterator[Metric]:
        """Yield what workers say of live cameras; of another camera it would be yesterday's news."""
        names = {"camera_fps": "read", "skipped_fps": "dropped", "left_out_fps": "left_out"}
        rates = {
            name: _gauge(name, f"Frames {word.replace('_', ' ')} a second between two scrapes", "camera")
            for name, word in names.items()
        }
        seconds = {
            "latency_s": _gauge("latency_seconds", "Capture to written, last frame", "camera"),
            "inference_s": _gauge("inference_seconds", "Handed to the detector to found, last frame", "camera"),
        }
        process = _gauge("process_fps", "Frames a second that a figure is told of", "camera")
        flags = {
            "behind": _gauge("camera_behind", "1 while the machine cannot keep the camera's rate", "camera"),
            "idle": _gauge("camera_idle", "1 while nothing moves and most frames are left out of detection", "camera"),
        }
        for camera, now in reports.items():
            process.add_metric([camera], now.rate_fps)
            for field, gauge in flags.items():
                gauge.add_metric([camera], float(getattr(now, field)))
            for field, gauge in seconds.items():
                if getattr(now, field) is not None:
                    gauge.add_metric([camera], getattr(now, field))
            before = self._before.get(camera)
            for name, field in names.items():
                rate = _rate(before, now, field)
                if rate is not None:
                    rates[name].add_metric([camera], rate)
            if rate_known(before, now):
                self._before[camera] = now
        yield from (process, *flags.values(), *seconds.values(), *rates.values())


def rate_known(before: CameraStatus | None, now: CameraStatus) -> bool:
    """Tell whether a report is a new point to count from."""
    return before is None or before.epoch != now.epoch or now.received_at > before.received_at


def _rate(before: CameraStatus | None, now: CameraStatus, field: str) -> float | None:
    if before is None or before.epoch != now.epoch or now.received_at <= before.received_at:
        return None
    return float(getattr(now, field) - getattr(before, field)) / (now.received_at - before.received_at)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _zones(zones: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    people = _gauge("zone_people", "People in the zone; absent unless live or stale", "zone")
    density = _gauge("zone_density", "Persons per square metre of walkable area", "zone")
    coverage = _gauge("zone_coverage", "Share of the walkable area seen by live cameras", "zone")
    age = _gauge("value_age_seconds", "Age of the zone's value", "zone")
    state = _gauge("zone_state", "1 for the zone's state", "zone", "state")
    pairs = ((people, "people"), (density, "density"), (coverage, "coverage"), (age, "age_s"))
    for zone, row in zones.items():
        for metric, key in pairs:
            if row.get(key) is not None:
                metric.add_metric([zone], float(row[key]))
        for name in STATES:
            state.add_metric([zone, name], float(row["state"] == name))
    yield from (people, density, coverage, age, state)


def _camera_states(cameras: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    up = _gauge("camera_live", "1 while the camera is live", "camera")
    doubt = _gauge(
        "camera_doubt", "1 for what of the camera cannot be true; absent where nothing is", "camera", "doubt"
    )
    for camera, row in cameras.items():
        up.add_metric([camera], float(row["state"] == "live"))
        for each in row.get("doubts", ()):
            doubt.add_metric([camera, each["code"]], 1.0)
    yield from (up, doubt)


def _sensors(popups: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    value = _gauge("sensor_value", "Latest accepted value", "popup", "sensor")
    age = _gauge("sensor_age_seconds", "Age of the sensor's value", "popup", "sensor")
    for popup, row in popups.items():
        for sensor, now in row["sensors"].items():
            if now.get("value") is not None:
                value.add_metric([popup, sensor], float(now["value"]))
            if now.get("age_s") is not None:
                age.add_metric([popup, sensor], float(now["age_s"]))
    yield from (value, age)


def _advisories(advisories: Sequence[Mapping[str, Any]]) -> Iterator[Metric]:
    found = _gauge("advisories_open", "Advisories not over; drills and self-tests left out", "severity", "status")
    counted = Counter((row["severity"], row["status"]) for row in advisories if _is_real(row))
    for severity in SEVERITIES:
        for status in ("new", "acknowledged", "in_progress"):
            found.add_metric([severity, status], counted[severity, status])
    yield found


def _is_real(row: Mapping[str, Any]) -> bool:
    return not row.get("exercise") and row["rule"] != SELF_TEST


def _channels(store: Store) -> Iterator[Metric]:
    failures = _gauge("notify_failures", "Attempts in vain since the channel last took a message", "channel")
    lost = CounterMetricFamily("notify_lost", "Messages given up", labels=["channel"])
    for channel, state in read_states(store).items():
        failures.add_metric([channel], state.failures)
        lost.add_metric([channel], state.lost)
    yield from (failures, lost)


def metrics_text(collector: MallCollector) -> bytes:
    """Return the text format of one scrape, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(collector))
    return generate_latest(registry)


class _Once(Collector):
    """Hands a collector to a registry without the registry asking it for its names first."""

    def __init__(self, collector: MallCollector) -> None:
        self._collector = collector

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        return self._collector.collect()
