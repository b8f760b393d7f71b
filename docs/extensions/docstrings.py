"""Docstrings in the API reference: indented examples are Python code, and sources stay out."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

#: Where a fact comes from: for maintainers, not for users.
_SOURCE = re.compile(r"\s*\((?:design|sheet|salesforce-api\.md)[^)]*\)")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Prepare each docstring before it is read as reStructuredText."""
    app.connect("autodoc-process-docstring", _prepare)
    return {"parallel_read_safe": True}


def _prepare(
    app: Sphinx, what: str, name: str, object_: object, options: object, lines: list[str]
) -> None:
    text = _SOURCE.sub("", "\n".join(lines))
    lines[:] = _with_code_blocks(text.split("\n"))


def _with_code_blocks(lines: list[str]) -> list[str]:
    prepared: list[str] = []
    is_code = False
    for line in lines:
        is_indented = line.startswith("    ")
        if is_indented and not is_code and not (prepared and prepared[-1]):
            prepared += [".. code-block:: python", ""]
            is_code = True
        elif line and not is_indented:
            is_code = False
        prepared.append(line)
    return prepared
