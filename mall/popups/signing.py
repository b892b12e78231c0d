"""How a pop-up's device signs a message: HMAC-SHA256 (RFC 2104) over its id, its sequence number and the bytes."""

import hashlib
import hmac

PREFIX = "sha256="


def message_bytes(device: str, seq: int, body: bytes) -> bytes:
    """Return what is signed: the device id, the sequence number and the body, a line feed after the first two."""
    return f"{device}\n{seq}\n".encode() + body


def sign(key: bytes, device: str, seq: int, body: bytes) -> str:
    """Return the value of the ``X-Mall-Signature`` header, ``sha256=`` and 64 hex digits."""
    return PREFIX + hmac.new(key, message_bytes(device, seq, body), hashlib.sha256).hexdigest()


def verify(signature: str, key: bytes, *, device: str, seq: int, body: bytes) -> bool:
    """Tell whether a signature is this device's for this number and these bytes, in constant time."""
    return hmac.compare_digest(signature.encode(), sign(key, device, seq, body).encode())
