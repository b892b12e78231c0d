"""A changed plan as the text of its file: features that stay the same keep their bytes, the rest is written anew."""

import json
import re
from collections.abc import Mapping
from typing import Any

_FEATURES = re.compile(r'"features"\s*:\s*\[')
_GAP = re.compile(r"\s*")
_JOIN = re.compile(r"\s*,?\s*")


def plan_text(before: str, plan: Mapping[str, Any]) -> str:
    """Return the text of a plan file.

    Args:
        before: text of the present file, a FeatureCollection.
        plan: the FeatureCollection that it shall hold.

    """
    held = json.loads(before)
    if held == plan:
        return before
    same_frame = {k: v for k, v in held.items() if k != "features"} == {
        k: v for k, v in plan.items() if k != "features"
    }
    spans = _spans(before, len(held["features"])) if same_frame and held.get("features") else None
    text = json.dumps(plan, ensure_ascii=False, indent=2) + "\n" if spans is None else _spliced(before, spans, plan)
    if json.loads(text) != plan:
        raise ValueError("the plan cannot be written as text")
    return text


def _spans(text: str, count: int) -> list[tuple[int, int]] | None:
    """Return where each feature stands; None where that cannot be told for certain."""
    decoder, found = json.JSONDecoder(), list(_FEATURES.finditer(text))
    if len(found) != 1:
        return None
    at, spans = found[0].end(), []
    for _ in range(count):
        start = _end(_GAP, text, at)
        _, end = decoder.raw_decode(text, start)
        spans.append((start, end))
        at = _end(_JOIN, text, end)
    return spans if text[at : at + 1] == "]" else None


def _spliced(before: str, spans: list[tuple[int, int]], plan: Mapping[str, Any]) -> str:
    """Return the text with the features of a plan between the first and the last that stood there."""
    texts = [before[start:end] for start, end in spans]
    held = [json.loads(text) for text in texts]
    joint = before[spans[0][1] : spans[1][0]] if len(spans) > 1 else ",\n"
    indent = re.search(r"\n( *)$", before[: spans[0][0]])
    parts = []
    for feature in plan["features"]:
        known = next((text for text, value in zip(texts, held, strict=True) if value == feature), None)
        parts.append(known if known is not None else _written(feature, texts[0], indent[1] if indent else ""))
    return before[: spans[0][0]] + joint.join(parts) + before[spans[-1][1] :]


def _written(feature: Any, model: str, indent: str) -> str:
    """Return a feature as text, over several lines where its neighbours are."""
    if "\n" not in model:
        return json.dumps(feature, ensure_ascii=False)
    step = re.search(r"\n( +)", model)
    width = max(1, len(step[1]) - len(indent)) if step else 2
    return json.dumps(feature, ensure_ascii=False, indent=width).replace("\n", f"\n{indent}")


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
