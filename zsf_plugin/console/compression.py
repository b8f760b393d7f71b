"""Compresses pages, style sheets and scripts for browsers that accept gzip, unless the host does.

A page holds a secret token beside text that others may have chosen, so the length of a compressed
page could betray the token (BREACH). A page that another site opens is not compressed; any other
has a random number of bytes more ("Heal the BREACH", as in Django).
"""

from __future__ import annotations

import gzip
import secrets
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO

from flask import Flask, Response, request

from zsf_plugin.console import request_context

_FILES = frozenset({"text/css", "text/javascript", "image/svg+xml"})
_PAGES = frozenset({"text/html"})
#: Compressed, fewer bytes would hardly be fewer.
_MIN_BYTES = 500
_MAX_PADDING_BYTES = 100
#: More than the console has.
_MAX_FILES = 64


def compress_responses(app: Flask) -> None:
    """Compress the responses of an app."""
    app.after_request(_with_compression)


def _with_compression(response: Response) -> Response:
    if response.mimetype not in _FILES | _PAGES or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    is_whole = response.status_code != HTTPStatus.PARTIAL_CONTENT
    is_safe = response.mimetype in _FILES or not request_context.is_from_another_site()
    if is_whole and is_safe and request.accept_encodings["gzip"] > 0:
        _compress(response)
    return response


def _compress(response: Response) -> None:
    """Compress a whole response; one without content stays as it is."""
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < _MIN_BYTES:
        return
    response.set_data(_file(data) if response.mimetype in _FILES else _page(data))
    response.content_encoding = "gzip"
    etag, _ = response.get_etag()
    if etag is not None:
        response.set_etag(etag, weak=True)  # other bytes, the same content


@lru_cache(_MAX_FILES)
def _file(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _page(data: bytes) -> bytes:
    """A compressed page. The padding is in the header, as the name of a file."""
    padding = "z" * secrets.randbelow(_MAX_PADDING_BYTES)
    out = BytesIO()
    with gzip.GzipFile(padding, "wb", 6, out, mtime=0) as stream:
        stream.write(data)
    return out.getvalue()
