"""Encodes the bodies of requests. Sends nothing.

The C encoder keeps the interpreter until it is done, for milliseconds with a thousand records: so
it encodes one record at a time, and hooks go on between them.
"""

from __future__ import annotations

import json

from zsf_plugin.giving_way import give_way_between
from zsf_plugin.model import Json

#: How deep the records of a composite are: its requests, one of them, its body, the records.
_RECORD_DEPTH = 5
_json_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def encoded_body(body: Json, depth: int = _RECORD_DEPTH) -> bytes:
    """The body as UTF-8 JSON, whose objects and lists are divided down to that depth, but no
    record. Lone surrogates, which UTF-8 cannot hold, are dropped, so that one text cannot break a
    batch."""
    if depth and type(body) is dict and "attributes" not in body:
        members = []
        for name, value in body.items():
            members.append(encoded_body(name, 0) + b":" + encoded_body(value, depth - 1))
        return b"{" + b",".join(members) + b"}"
    if depth and type(body) is list:
        values = []
        for value in give_way_between(body):
            values.append(encoded_body(value, depth - 1))
        return b"[" + b",".join(values) + b"]"
    return _json_text(body).encode("utf-8", "ignore")
