"""What to write instead of a sign of another language in an expression that JMESPath cannot read.
Pure."""

from __future__ import annotations

import re

#: Texts, names in quotes and literals, which a hint does not look into.
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`(?:\\.|[^`\\])*`")
_EQUAL = "equal is ==, with two signs"
_SLIPS = tuple(
    (re.compile(slip, re.IGNORECASE), instead)
    for slip, instead in (
        (r"[\u2018-\u201e\u00b4]", "write straight quotes: 'text'"),
        (r"=~|~|\blike\b", "a part of a text is contains(text, 'part')"),
        (r"===", _EQUAL),
        (r"<>", "not equal is !="),
        (r"(?<![=!<>])=(?!=)", _EQUAL),
        (r"(?<!&)&(?!&)\s", "and is &&"),
        (r"\bis\s+not\b", "not equal is !="),
        (r"\band\b", "and is &&"),
        (r"\bor\b", "or is ||"),
        (r"\bnot\b", "not is !(…)"),
        (r"\bis\b", _EQUAL),
        (r"\bin\b", "one of several is contains(['DE', 'AT'], value)"),
        (r"\$\.", "a path begins with a name, as in prospect.email"),
        (r"(?:[=!<>]=|[<>(,])\s*-?\d", "a number is written in backticks: `100`"),
    )
)


def syntax_hint(text: str) -> str:
    """What to write instead, after the error; empty if nothing is known."""
    bare = _QUOTED.sub("_", text)
    for slip, instead in _SLIPS:
        if slip.search(bare):
            return f"; {instead}"
    return ""
