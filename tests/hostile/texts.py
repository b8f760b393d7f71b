"""Texts that nobody means well with: a seeded generator, the same as a hypothesis strategy, and
what an org keeps of each."""

from __future__ import annotations

import random
import re
import unicodedata

from hypothesis import strategies as st

#: Pieces that mean something to SOQL, LIKE, URLs, headers, JSON, composites, terminals or people
#: who read right to left.
PIECES = (
    *"'\"\\%_ &+#?/=;,:.@(){}[]*~^|!<>-`$",
    *"\t\n\r\x00\x07\x08\x0b\x0c\x1b\x1f\x7f\x80\x85\x9f",
    *"\u00a0\u00ad\u200b\u200d\u200e\u200f\u202a\u202e\u2028\u2029\u2066\u2069\ufeff\ufffd\ufffe\uffff",
    *"\ud800\udbff\udc00\udfff",
    *"aZ09éßİıſÅ\u0301王小😀𝔘👩🏽",
    *(
        "\\'",
        "''",
        "\\\\'",
        "' OR Id != '",
        "%' OR Name LIKE '%",
        "\\u0027",
        "\\x27",
        "%27",
        "%2527",
        "%00",
        "\r\n",
    ),
    *(
        "\r\nAuthorization: Bearer x",
        "@{w0.id}",
        "@{q0.records[0].Id}",
        "%40%7Bw0.id%7D",
        "@{",
        "${x}",
        "{{x}}",
    ),
    *(
        "../",
        "..\\",
        "/..",
        "%2e%2e%2f",
        "//evil.example",
        "user@evil.example",
        ";--",
        "/*",
        "*/",
        "-- ",
        "\\n",
    ),
    *(
        "SELECT Id FROM Lead",
        "NULL",
        "null",
        "true",
        "FIND {x}",
        "<script>",
        "=cmd|' /C calc'!A0",
        "\ud83d\ude00",
    ),
)
LONGEST = 100_000
#: One text in so many is a piece repeated, up to 100,000 characters.
_LONG_ONE_IN = 4000
_MIDDLING_ONE_IN = 200


def text(rng: random.Random) -> str:
    """One text: mostly short, now and then as long as a field, a literal or a host's patience can
    be."""
    if rng.randrange(_LONG_ONE_IN) == 0:
        return _long(rng, rng.choice((4_000, 4_001, 16_384, LONGEST)))
    if rng.randrange(_MIDDLING_ONE_IN) == 0:
        return _long(rng, rng.choice((79, 80, 81, 255, 256, 1_000, 3_990)))
    pieces = rng.choices(PIECES, k=rng.randrange(1, 9))
    if rng.randrange(4) == 0:
        pieces.insert(rng.randrange(len(pieces) + 1), chr(rng.randrange(0x110000)))
    return "".join(pieces)


def _long(rng: random.Random, length: int) -> str:
    pattern = "".join(rng.choices(PIECES, k=rng.randrange(1, 4)))
    return (pattern * (length // len(pattern) + 1))[:length]


#: The same for hypothesis, which makes failures small.
TEXTS: st.SearchStrategy[str] = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.builds(
        lambda piece, length: (piece * length)[:length],
        st.sampled_from(PIECES),
        st.sampled_from((80, 255, 256, 4_000, 4_001, LONGEST)),
    ),
)


def as_kept(value: str) -> str:
    """What an org can hold of a text: control characters but tab and line breaks, and lone
    surrogates, are gone; two that make a pair are one character.

    Written once more, and otherwise, for the tests' own judgement.
    """
    value = re.sub("[\ud800-\udbff][\udc00-\udfff]", _whole, value)
    return "".join(char for char in value if char in "\t\n\r" or not _is_dropped(char))


def in_a_line(value: str) -> str:
    """The same in a field of one line."""
    return re.sub("[\t\n\r]+", " ", as_kept(value).strip())


def _whole(pair: re.Match[str]) -> str:
    high, low = map(ord, pair.group())
    return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def _is_dropped(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind == "Cs" or (kind == "Cc" and (char < " " or char == "\x7f"))
