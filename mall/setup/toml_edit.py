"""Change a camera's or a rule's table in ``site.toml`` and leave every other byte as it is. Only here is tomlkit known.

The result is read again by another parser and must say exactly what was asked for; else nothing comes of it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array

from mall.errors import SiteError

Changes = Mapping[str, Mapping[str, Any]]


def with_cameras(text: str, changes: Changes) -> str:
    """Return the text of a site file with other values in the tables of its cameras.

    Args:
        text: of ``site.toml``.
        changes: camera id -> key -> value, None to take the key away. A mapping is merged into the table of that name,
            a list of mappings into the array of tables, one by one; what is equal already is not touched.

    Raises:
        SiteError: if the file cannot be changed so, or there is no such camera.

    """
    before = tomllib.loads(text)
    try:
        document = tomlkit.parse(text)
        for camera, values in changes.items():
            _change(_table_of(document, camera), values)
        changed = tomlkit.dumps(document)
        after = tomllib.loads(changed)
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, ValueError, TypeError, AttributeError) as exc:
        raise SiteError(f"site.toml: cannot be changed here, do it by hand: {exc}") from exc
    if after != _expected(before, changes):
        raise SiteError("site.toml: its form does not allow this change here, do it by hand")
    return changed


def with_limits_table(text: str, key: str, values: Mapping[str, float | str | None]) -> str:
    """Return the text of a site file with other values in ``[limits.<key>]``, made after the last such table.

    A table that this leaves empty goes, unless somebody wrote a comment into it.

    Args:
        text: of ``site.toml``.
        key: a rule, or ``<rule>.<zone>``.
        values: key -> number or text with a unit, None to take the key away.

    Raises:
        SiteError: if the file cannot be changed so.

    """
    is_crlf = "\r\n" in text
    try:
        before = tomllib.loads(text)
        plain = _limits_changed(text.replace("\r\n", "\n"), key, values)
        changed = plain.replace("\n", "\r\n") if is_crlf else plain
        after = tomllib.loads(changed)
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, ValueError, TypeError, AttributeError) as exc:
        raise SiteError(f"site.toml: cannot be changed here, do it by hand: {exc}") from exc
    if _without_empty(after) != _without_empty(_merged(before, {"limits": {key: values}})):
        raise SiteError("site.toml: its form does not allow this change here, do it by hand")
    return changed


def _limits_changed(text: str, key: str, values: Mapping[str, float | str | None]) -> str:
    """Change one table as a text of its own: tomlkit moves tables together that stand apart."""
    tables = _limits_tables(text)
    if key in tables:
        begin, end = tables[key]
        head, rest = text[:begin], text[end:]
        document = tomlkit.parse(text[begin:end])
        table = document["limits"][key]
        _change(table, values)
        if table or "#" in document.as_string():
            return head + document.as_string() + rest
        is_apart = head.endswith("\n\n") and rest[:1] in ("", "\n")
        return (head[:-1] if is_apart else head) + rest
    fresh = tomlkit.document()
    fresh["limits"] = tomlkit.table(is_super_table=True)
    fresh["limits"][key] = {name: value for name, value in values.items() if value is not None}
    end = max((end for _, end in tables.values()), default=len(text))
    before = text[:end] if not text or text[:end].endswith("\n") else f"{text[:end]}\n"
    return f"{before}\n{fresh.as_string()}{text[end:]}"


def _limits_tables(text: str) -> dict[str, tuple[int, int]]:
    """Return key -> where its table begins and ends in the text, without the comments and blank lines after it."""
    begins = [found.start() for found in re.finditer(r"^[ \t]*\[", text, re.MULTILINE)]
    found = {}
    for begin, end in pairwise([*begins, len(text)]):
        lines = text[begin:end].splitlines(keepends=True)
        key = _limits_key(lines[0])
        if key is not None:
            last = max(n for n, line in enumerate(lines) if line.strip() and (n == 0 or line.lstrip()[0] != "#"))
            found[key] = begin, begin + sum(map(len, lines[: last + 1]))
    return found


def _limits_key(header: str) -> str | None:
    """Return what a line ``[limits.<key>]`` names; None for any other line."""
    try:
        limits = tomllib.loads(header).get("limits")
    except tomllib.TOMLDecodeError:
        return None
    is_one = isinstance(limits, dict) and len(limits) == 1 and next(iter(limits.values())) == {}
    return next(iter(limits)) if is_one else None  # type: ignore[arg-type]


def _without_empty(file: dict[str, Any]) -> dict[str, Any]:
    limits = {key: own for key, own in file.get("limits", {}).items() if own}
    return {**file, "limits": limits}


def _table_of(document: Any, camera: str) -> Any:
    for table in document.get("camera", ()):
        if table.get("id") == camera:
            return table
    raise SiteError(f"site.toml: no camera {camera!r}")


def _change(table: Any, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif _plain(table.get(key)) == value:
            continue
        elif isinstance(value, Mapping):
            _change_table(table, key, value)
        elif _is_tables(value):
            _change_tables(table, key, value)
        else:
            table[key] = _item(value)


def _change_table(table: Any, key: str, value: Mapping[str, Any]) -> None:
    if key not in table:
        table[key] = tomlkit.table()
    _change(table[key], value)


def _change_tables(table: Any, key: str, value: Sequence[Mapping[str, Any]]) -> None:
    if not isinstance(table.get(key), AoT):
        table.pop(key, None)
        table[key] = tomlkit.aot()
    while len(table[key]) > len(value):
        table[key].pop()
    for index, row in enumerate(value):
        if index >= len(table[key]):
            table[key].append(tomlkit.table())
        _change(table[key][index], row)


def _item(value: Any) -> Any:
    """Return a value to write; lists of lists a row each line, as a person would."""
    item = tomlkit.item(value)
    if isinstance(item, Array) and len(item) > 4 and isinstance(value[0], list):
        item.multiline(multiline=True)
    return item


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _expected(before: dict[str, Any], changes: Changes) -> dict[str, Any]:
    cameras = [_merged(camera, changes.get(camera.get("id"), {})) for camera in before.get("camera", [])]
    return {**before, "camera": cameras}


def _merged(held: Any, value: Any) -> Any:
    """Return what a value makes of the one held."""
    if isinstance(value, Mapping):
        kept = held if isinstance(held, dict) else {}
        both = {**kept, **{key: _merged(kept.get(key), part) for key, part in value.items()}}
        return {key: part for key, part in both.items() if part is not None}
    if _is_tables(value):
        rows = held if isinstance(held, list) else []
        return [_merged(rows[i] if i < len(rows) else {}, part) for i, part in enumerate(value)]
    return value
