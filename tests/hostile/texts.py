"""Hostile texts: a seeded generator, a Hypothesis strategy, and the form in which an org stores a
text."""

from __future__ import annotations

import random
import re
import unicodedata

from hypothesis import strategies as st

#: Pieces with a special meaning in SOQL, LIKE, URLs, headers, JSON, composites, terminals or
#: right-to-left text.
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
MAX_LENGTH = 100_000
#: One text in this many is a repeated piece of up to 100,000 characters.
_LONG_ONE_IN = 4000
_FIELD_SIZED_ONE_IN = 200


def text(rng: random.Random) -> str:
    """A random text: mostly short, sometimes as long as a field, a literal or `MAX_LENGTH`."""
    if rng.randrange(_LONG_ONE_IN) == 0:
        return _long(rng, rng.choice((4_000, 4_001, 16_384, MAX_LENGTH)))
    if rng.randrange(_FIELD_SIZED_ONE_IN) == 0:
        return _long(rng, rng.choice((79, 80, 81, 255, 256, 1_000, 3_990)))
    pieces = rng.choices(PIECES, k=rng.randrange(1, 9))
    if rng.randrange(4) == 0:
        pieces.insert(rng.randrange(len(pieces) + 1), chr(rng.randrange(0x110000)))
    return "".join(pieces)


def _long(rng: random.Random, length: int) -> str:
    pattern = "".join(rng.choices(PIECES, k=rng.randrange(1, 4)))
    return (pattern * (length // len(pattern) + 1))[:length]


#: The same as a Hypothesis strategy, which shrinks failures.
TEXTS: st.SearchStrategy[str] = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.builds(
        lambda piece, length: (piece * length)[:length],
        st.sampled_from(PIECES),
        st.sampled_from((80, 255, 256, 4_000, 4_001, MAX_LENGTH)),
    ),
)


def as_stored(value: str) -> str:
    """The form in which an org stores a text: without control characters (except tab and line breaks)
    and lone surrogates; a surrogate pair becomes one character.

    Implemented independently of the product.
    """
    value = re.sub("[\ud800-\udbff][\udc00-\udfff]", _whole, value)
    return "".join(char for char in value if char in "\t\n\r" or not _is_dropped(char))


def as_single_line(value: str) -> str:
    """The form in which a single-line field stores a text: also without marks that nobody sees, in
    NFC, with joiners only inside words, and no-break spaces as spaces."""
    seen = "".join(char for char in as_stored(value) if not _is_mark(char))
    words = re.split(r"(\s+)", unicodedata.normalize("NFC", seen).replace("\r\n", "\n"))
    whole = "".join(word.strip("\u200c\u200d") for word in words).strip()
    return re.sub("[\t\n\r\x85\u2028\u2029]+|[\u00a0\u2007\u202f]", " ", whole)


def _is_mark(char: str) -> bool:
    """Whether nobody sees the character, and nothing else depends on it."""
    is_format = unicodedata.category(char) == "Cf"
    name = unicodedata.name(char, "")
    is_shown = name.startswith(("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND", "MUSICAL"))
    is_joined = name in ("ZERO WIDTH NON-JOINER", "ZERO WIDTH JOINER") or "TAG" in name.split()
    is_unnamed = char in "\u2065"
    return is_unnamed or (is_format and not is_joined and (not is_shown or char == "\u061c"))


def _whole(pair: re.Match[str]) -> str:
    high, low = map(ord, pair.group())
    return chr(0x10000 + (high - 0xD800) * 0x400 + low - 0xDC00)


def _is_dropped(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind == "Cs" or (kind == "Cc" and (char < " " or char == "\x7f"))
