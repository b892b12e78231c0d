"""Simulated kits: plausible readings, signed and posted through the same door as a real device's.

The pages mark them SIMULATED because the site file says ``simulated = true``, not because a message says so.
"""

import json
import math
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from mall.config import Site
from mall.errors import AddressError
from mall.lifeline import beat
from mall.popups.signing import sign
from mall.site_base import Sensor
from mall.site_contacts import Contact
from mall.site_file import Popup

log = structlog.get_logger(__name__)

POST_TIMEOUT_S = 3.0
LONGEST_WAIT_S = 5.0  # the supervisor wants to hear of us
START_S = 15.0  # the kits may be up before the door is; until then a refusal is no news
WAVE_S = 300.0

# low and high of an ordinary day by kind, where the site file names no limits; own choice
ORDINARY: Mapping[str, tuple[float, float]] = {
    "entries": (0, 30),
    "inside": (0, 12),
    "co2": (420, 1000),
    "temperature": (18, 28),
    "humidity": (35, 60),
    "noise": (45, 75),
    "power": (200, 800),
    "door": (0, 1),
    "battery": (20, 100),
}
DIGITS = {
    "entries": 0,
    "inside": 0,
    "co2": 0,
    "temperature": 1,
    "humidity": 0,
    "noise": 0,
    "power": 0,
    "door": 0,
    "battery": 0,
}


def plausible_value(sensor: Sensor, elapsed_s: float, rng: random.Random) -> float:
    """Return what a sensor would say on a quiet day: a slow wave inside its limits with a little noise.

    A door stands open at one reading in five minutes, as where somebody goes through.

    Args:
        sensor: kind and limits.
        elapsed_s: seconds since the simulator started.
        rng: source of the noise.

    """
    low, high = ORDINARY[sensor.kind]
    low = sensor.low if sensor.low is not None else low
    high = sensor.high if sensor.high is not None else max(high, low + 1.0)
    if sensor.kind == "door":
        value = float(WAVE_S / 2 <= elapsed_s % WAVE_S < WAVE_S / 2 + sensor.period_s)
    elif sensor.kind == "battery":
        value = high - 0.2 * (high - low) - min(0.3 * (high - low), elapsed_s / 86_400.0)
    else:
        wave = math.sin(2 * math.pi * (elapsed_s / WAVE_S + sum(sensor.id.encode()) / 97.0))
        value = low + (high - low) * (0.5 + 0.25 * wave + rng.gauss(0.0, 0.02))
    return round(max(0.0, value) if sensor.kind != "temperature" else value, DIGITS[sensor.kind])


@dataclass
class _Kit:
    device: Popup | Contact
    key: bytes
    rng: random.Random
    due: dict[str, float] = field(default_factory=dict)
    seq: int = 0
    taken: bool = False
    lost: bool = False


def run_kit_simulator(site: Site, base_url: str, keys: Mapping[str, bytes], stop: threading.Event) -> None:
    """Post readings of every simulated pop-up and contact at each sensor's period until ``stop`` is set.

    Raises:
        AddressError: ``base_url`` is not an http address.

    """
    if not base_url.startswith(("http://", "https://")):
        raise AddressError(f"{base_url}: expected http://HOST:PORT")
    devices: tuple[Popup | Contact, ...] = (*site.popups, *site.contacts)
    kits = [
        _Kit(device, keys[device.device_id], random.Random(device.id))  # noqa: S311 (noise, not a secret)
        for device in devices
        if device.simulated and device.sensor
    ]
    started = time.monotonic()
    while kits and not stop.is_set():
        beat()
        elapsed_s = time.monotonic() - started
        for kit in kits:
            _post_due(kit, base_url, elapsed_s)
        next_due = min(due for kit in kits for due in kit.due.values())
        stop.wait(min(LONGEST_WAIT_S, max(0.05, next_due - (time.monotonic() - started))))


def _post_due(kit: _Kit, base_url: str, elapsed_s: float) -> None:
    """Post one message with every sensor that is due; a lost message is not repeated, the next one is newer."""
    due = [sensor for sensor in kit.device.sensor if kit.due.get(sensor.id, 0.0) <= elapsed_s]
    if not due:
        return
    for sensor in due:
        kit.due[sensor.id] = elapsed_s + sensor.period_s
    values = {sensor.id: _value(kit, sensor, elapsed_s) for sensor in due}
    now = time.time()
    kit.seq = max(kit.seq + 1, int(now * 1000))
    body = json.dumps({"at": round(now, 3), "readings": values}).encode()
    try:
        post_message(base_url, kit.device.device_id, kit.key, seq=kit.seq, body=body)
    except (OSError, urllib.error.URLError) as exc:
        if not kit.lost and (kit.taken or elapsed_s > START_S):
            log.warning("readings are not taken", device=kit.device.device_id, reason=str(exc))
            kit.lost = True
        return
    if kit.lost:
        log.info("readings are taken again", device=kit.device.device_id)
    kit.taken, kit.lost = True, False


def _value(kit: _Kit, sensor: Sensor, elapsed_s: float) -> float:
    """Return what a kit's sensor says; a contact says that all is well, for nobody should have to run from it."""
    if isinstance(kit.device, Contact):
        return 0.0 if kit.device.is_active(1.0) else 1.0
    return plausible_value(sensor, elapsed_s, kit.rng)


def post_message(base_url: str, device: str, key: bytes, *, seq: int, body: bytes) -> None:
    """Sign and post one message as a device does; raises urllib's URLError where it is refused or lost."""
    headers = {
        "Content-Type": "application/json",
        "X-Mall-Seq": str(seq),
        "X-Mall-Signature": sign(key, device, seq, body),
    }
    address = f"{base_url.rstrip('/')}/api/v1/ingest/{device}"
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 (http only, checked above)
    with urllib.request.urlopen(request, timeout=POST_TIMEOUT_S) as answer:  # noqa: S310
        answer.read()
