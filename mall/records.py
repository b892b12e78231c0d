"""How the shapes that pass between processes are packed, and leniently unpacked."""

import json
from dataclasses import fields
from typing import Any


def known_fields(shape: type, row: dict[str, Any]) -> dict[str, Any]:
    """Return those of a row's values that a dataclass has a field for: a newer release may have written more."""
    return {each.name: row[each.name] for each in fields(shape) if each.name in row}


def pack(value: object) -> bytes:
    """Return compact UTF-8 JSON; NaN and infinities are refused."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
