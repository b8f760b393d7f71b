"""The path of `public_url`, put into each WSGI request, so that links, forms, cookies and redirects
carry it whether or not a proxy removes it. `security` decides which requests are answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def with_public_path(app: WSGIApplication, public_url: str | None) -> WSGIApplication:
    """The app for browsers that reach it at `public_url`; None: at the path of each request."""
    path = _script_name(public_url) if public_url is not None else ""
    if not path:
        return app

    def at_public_path(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return app(_at(path, environ), start)

    return at_public_path


def _script_name(public_url: str) -> str:
    """The path as WSGI spells it: unquoted, one character per byte, without a slash at its end."""
    path = unquote(urlsplit(public_url).path).rstrip("/")
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _at(path: str, environ: WSGIEnvironment) -> WSGIEnvironment:
    """The request, as if the app were mounted at `path`."""
    inner: str = environ.get("PATH_INFO", "")
    if not environ.get("SCRIPT_NAME") and f"{inner}/".startswith(f"{path}/"):
        inner = inner.removeprefix(path)
    return {**environ, "SCRIPT_NAME": path, "PATH_INFO": inner}
