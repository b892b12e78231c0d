"""Run inside a network namespace of its own: everything of the project that loads a vendor, with an ear on the wire.

Every address is routed to the loopback device, where a packet socket hears what would have left the machine: a name
asked, a connection, a single datagram. Prints what it heard as JSON, and a control of its own last.
"""

import ipaddress
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.stack_process import APP, ROOT, StackProcess, wait_for

DNS = 53
FILMED = ("plaza-west", "plaza-east")
# A model of Ultralytics' own, random weights: its loader is the talkative one.
MAKE_WEIGHTS = """
import sys
from vision.quiet import silence_vendors
silence_vendors()
from ultralytics import YOLO
model = YOLO("yolo11n.yaml")
model.model.names[0] = "person"
model.save(sys.argv[1])
"""
MAKE_FRAMES = """
import sys, cv2
film = cv2.VideoCapture(sys.argv[1])
for n in range(3):
    cv2.imwrite(f"{sys.argv[2]}/{n}.png", film.read()[1])
"""


class Ear(threading.Thread):
    """Hears every packet on the loopback device; keeps where those went that were not for this machine itself."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard: list[str] = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
        self._socket.bind(("lo", 0))

    def run(self) -> None:
        while True:
            packet = self._socket.recv(65535)
            is_v4 = packet[0] >> 4 == 4
            to = ipaddress.ip_address(packet[16:20] if is_v4 else packet[24:40])
            start = 4 * (packet[0] & 0x0F) if is_v4 else 40
            port = int.from_bytes(packet[start + 2 : start + 4], "big")
            if not to.is_loopback or port == DNS:
                self.heard.append(f"{to}:{port}")


def close_network() -> None:
    for line in (
        "link set lo up", "route add local default dev lo", "-6 route add local default dev lo",
    ):  # fmt: skip
        subprocess.run(["ip", *line.split()], check=True)


def run_stack(site: Path, folder: Path) -> None:
    """Run the whole stack until the detector has counted on both films, and stop it."""
    stack = StackProcess(site, folder / "state").start()
    try:
        stack.wait_until_live()

        def is_counting() -> bool:
            zones = stack.get_json("/api/v1/live")["zones"]
            return all(zones[zone]["state"] == "live" for zone in FILMED)

        wait_for(is_counting, 90, "the detector")
        assert stack.stop() == 0
    finally:
        stack.kill_rest()


def run_ultralytics(site: Path, folder: Path) -> None:
    """Count three frames with a model that Ultralytics itself loads."""
    frames, weights = folder / "frames", folder / "random.pt"
    frames.mkdir()
    for code, arguments in ((MAKE_FRAMES, (site / "plaza-west.mp4", frames)), (MAKE_WEIGHTS, (weights,))):
        subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True, cwd=ROOT, stdout=sys.stderr)
    command = [sys.executable, str(APP), "count", str(frames), "--site", str(site), "--camera", "plaza-west"]
    done = subprocess.run([*command, "--weights", str(weights)], check=True, cwd=ROOT, stdout=subprocess.PIPE)
    assert len(done.stdout.splitlines()) == 3


def control() -> None:
    """Do what must be heard: ask a name, connect to an address."""
    for _ in range(2):
        try:
            socket.getaddrinfo("control.example", 80)
            socket.create_connection(("192.0.2.1", 443), 1).close()
        except OSError:
            continue
    try:
        socket.create_connection(("192.0.2.1", 443), 1).close()
    except OSError:
        time.sleep(0.2)  # the ear is another thread


def main() -> None:
    site, folder = Path(sys.argv[1]), Path(sys.argv[2])
    close_network()
    ear = Ear()
    ear.start()
    run_stack(site, folder)
    run_ultralytics(site, folder)
    heard = list(ear.heard)
    control()
    sys.stdout.write(json.dumps({"heard": heard, "control": ear.heard[len(heard) :]}) + "\n")


if __name__ == "__main__":
    main()
