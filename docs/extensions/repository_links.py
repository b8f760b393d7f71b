"""Links from a page to a file outside `docs/` lead to that file on GitHub.

The pages link to such files relatively, so that the links also work in a clone.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

REPOSITORY = "https://github.com/zaplify/zsf-plugin"
DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
_OUTSIDE = re.compile(r"\]\((\.\./[\w./-]+)(#[\w-]+)?\)")
_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Rewrite links when a page is read."""
    app.connect("source-read", _rewrite)
    return {"parallel_read_safe": True}


def _rewrite(app: Sphinx, page: str, source: list[str]) -> None:
    folder = Path(app.env.doc2path(page)).parent

    def on_github(match: re.Match[str]) -> str:
        target, anchor = (folder / match[1]).resolve(), match[2] or ""
        if target.is_relative_to(DOCS):
            return match[0]
        if not target.exists():
            _log.warning("no such file in the repository: %s", match[1], location=page)
        kind = "tree" if target.is_dir() else "blob"
        return f"]({REPOSITORY}/{kind}/main/{target.relative_to(ROOT).as_posix()}{anchor})"

    source[0] = _OUTSIDE.sub(on_github, source[0])
