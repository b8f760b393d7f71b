"""References of a composite: `@{name.path}` in a URL or a body, put in from earlier answers.

Pure (salesforce-api.md §3.6, §9 trap 12).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from zsf_plugin.emulator.errors import Json, bad

_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_ENCODED = re.compile(r"(?:@|%40)(?:\{|%7B)[A-Za-z0-9_.\[\]%]+?(?:\}|%7D)", re.IGNORECASE)
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")


def fill_url(url: str, bodies: Mapping[str, Json]) -> str:
    """The URL with its references put in, percent-encoded ones as well. Raises
    PROCESSING_HALTED."""
    return _fill_text(_ENCODED.sub(lambda match: unquote(match.group()), url), bodies)


def fill(value: Json, bodies: Mapping[str, Json]) -> Json:
    """A body with its references put in, at any depth. Raises PROCESSING_HALTED."""
    if isinstance(value, str):
        return _fill_text(value, bodies)
    if isinstance(value, dict):
        return {key: fill(inner, bodies) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, bodies) for inner in value]
    return value


def _fill_text(text: str, bodies: Mapping[str, Json]) -> str:
    return _REFERENCE.sub(lambda match: str(_resolve(match[1], match[2], bodies)), text)


def _resolve(name: str, path: str, bodies: Mapping[str, Json]) -> Json:
    """The value a reference names. A missing or null one halts the subrequest."""
    value: Json = bodies.get(name)
    for key, position in _STEP.findall(path):
        value = _member(value, key) if key else _item(value, int(position))
    if value is None:
        words = f"Invalid reference specified. No value for {name}{path} found in {name}."
        raise bad("PROCESSING_HALTED", words)
    return value


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _item(value: Json, position: int) -> Json:
    return value[position] if isinstance(value, list) and position < len(value) else None
