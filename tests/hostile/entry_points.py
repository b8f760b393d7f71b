"""Checks that hold for any text in statements, URLs, headers and bodies. Each check raises
AssertionError.

`check` takes many texts at once, as statements do, and passes the statements to soql-parser-js too.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from unicodedata import normalize
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from tests.fakes.id_fields import KEY
from tests.hostile.oracles import SoqlParserJs, conditions, found_text, values
from tests.hostile.texts import as_single_line, as_stored
from tests.salesforce.support import described, facts_of, text
from zsf_plugin.decision.fit import fit
from zsf_plugin.emulator.soql.filters import like_pattern
from zsf_plugin.emulator.soql.grammar import unquoted
from zsf_plugin.errors import ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import FieldDescribe, Lookup, PlannedField
from zsf_plugin.model.text import utf16_length
from zsf_plugin.salesforce import addresses, headers, soql
from zsf_plugin.salesforce.encoding import encoded_body
from zsf_plugin.salesforce.lookup_queries import MAX_STATEMENT_BYTES, build_queries

NAME = text("LastName", 255)
SITE = FieldDescribe("Website", "Website", "url", length=255)
LEAD = described("Lead", NAME, SITE, text(str(KEY["name"]), 64))
FACTS = facts_of([LEAD])
#: Only one pattern in this many is compiled and matched: compiling all would dominate the run time.
_MATCHED_ONE_IN = 20


def check(texts: Sequence[str], oracle: SoqlParserJs | None = None) -> None:
    """Run all checks on each text and on the statements built from them."""
    check_literals(texts, oracle)
    check_patterns(texts, oracle)
    check_packed(texts, oracle)
    for one in texts:
        check_encoding(one)
        check_headers(one)
        check_paths(one)
        check_body(one)


def check_literals(texts: Sequence[str], oracle: SoqlParserJs | None = None) -> None:
    """A literal parses to the text that an org can store; a text too long to query has no literal."""
    literals = [soql.literal(one) for one in texts]
    for one, literal in zip(texts, literals, strict=True):
        if literal is None:
            assert len(as_stored(one)) * 6 > soql.MAX_LITERAL_CHARS, "a short text has no literal"
    queried = [literal for literal in literals if literal is not None]
    if not queried:
        return
    statement = soql.select(["Id"], "Lead") + soql.one_of("Email", queried)
    (found,) = _parse_with_both(statement, [("Email", "IN", tuple(queried))], oracle, len(queried))
    wanted = [
        as_stored(one) for one, literal in zip(texts, literals, strict=True) if literal is not None
    ]
    assert values(found) == wanted
    assert max(map(len, queried)) <= soql.MAX_LITERAL_CHARS + 2


def check_patterns(texts: Sequence[str], oracle: SoqlParserJs | None = None) -> None:
    """A pattern has exactly two wildcards, its first and last character, and finds the text anywhere."""
    patterns = [(one, pattern) for one in texts if (pattern := soql.containing(one)) is not None]
    if not patterns:
        return
    statement = soql.select(["Id"], "Lead") + soql.like(
        "Website", [pattern for _, pattern in patterns]
    )
    meant = [("Website", "LIKE", (pattern,)) for _, pattern in patterns]
    for number, (one, found) in enumerate(
        zip(patterns, _parse_with_both(statement, meant, oracle, 0), strict=True)
    ):
        wild, literal = found_text(found[2][0])
        assert (wild, literal) == (2, as_stored(one[0]))
        if number % _MATCHED_ONE_IN == 0:
            matcher = like_pattern(unquoted(found[2][0], for_like=True), exact=True)
            assert matcher.fullmatch(f"\0{literal}\0")
            assert not matcher.fullmatch(f"\0{literal[:-1]}") or not literal


def check_packed(texts: Sequence[str], oracle: SoqlParserJs | None = None) -> None:
    """The product queries exactly the texts that a field can store, with composed and with
    decomposed accents, in statements that fit a URL."""
    lookups = [Lookup("Lead", (("LastName", "text", one),)) for one in texts]
    wanted = {
        _folded(spelled)
        for one in texts
        if (whole := as_single_line(one)) and utf16_length(whole) <= 255
        for form in ("NFC", "NFD")
        if form == "NFC" or utf16_length(normalize(form, whole)) <= 255
        for spelled in (normalize(form, whole),)
    }
    queried: set[str] = set()
    for query in build_queries(lookups, {"Lead": ["LastName"]}, FACTS).queries:
        assert len(addresses.encoded(query.statement)) <= MAX_STATEMENT_BYTES
        found = conditions(query.statement)
        assert [(field, operator) for field, operator, _ in found] == [("LastName", "IN")] * len(
            found
        )
        _parse_with_both(query.statement, found, oracle, 0)
        queried |= {_folded(value) for one in found for value in values(one)}
    assert queried == wanted


def check_encoding(one: str) -> None:
    """Percent-encoding round-trips, in query strings, forms and path segments."""
    sent = one.encode("utf-8", "ignore")
    encoded = addresses.encoded(one)
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]*", encoded)
    assert unquote_to_bytes(encoded) == sent
    path = addresses.query(one)
    assert urlsplit(path)[2] == "/query"
    assert parse_qs(urlsplit(path).query, keep_blank_values=True, strict_parsing=True)["q"] == [
        sent.decode()
    ]
    form = addresses.form({"code": one, "state": "s"}).decode("ascii")
    assert parse_qs(form, keep_blank_values=True, strict_parsing=True) == {
        "code": [sent.decode()],
        "state": ["s"],
    }


def check_headers(one: str) -> None:
    """A header contains only visible ASCII or is not built: it never splits and can always be
    sent."""
    try:
        made = headers.authorized(one, {})
    except ReconnectRequired:
        made = {}
    for value in (*made.values(), *headers.if_modified_since(one).values()):
        assert re.fullmatch(r"[ -~]+", value)
        value.encode("latin-1")
    assert bool(made) == (one != "" and all("!" <= char <= "~" for char in one))


def check_paths(one: str) -> None:
    """A path leads to the intended record or page, or is refused."""
    with contextlib.suppress(Rejected):
        assert re.fullmatch(r"/sobjects/Lead/[0-9A-Za-z]{18}", addresses.record("Lead", one))
    for given in (
        one,
        f"/services/data/v68.0/query/{one}",
        f"/services/data/v68.0/query/0r8000000000001AAA-2000{one}",
    ):
        with contextlib.suppress(Unavailable):
            assert re.fullmatch(
                r"/query(All)?/[0-9A-Za-z]{15,18}-[0-9]{1,10}", addresses.next_page_path(given)
            )
    with contextlib.suppress(ReconnectRequired):
        assert re.fullmatch(
            r"/services/data/v[0-9]{1,3}\.[0-9]/query", addresses.root(one) + "/query"
        )


def check_body(one: str) -> None:
    """A written text fits its field, and the body is UTF-8 JSON with exactly that text."""
    planned = PlannedField("LastName", one, "always", "leave_out", "shorten", "test")
    fitted = fit(planned, NAME, LEAD)
    whole = as_single_line(one)
    body = encoded_body({"LastName": fitted.value, "raw": one})
    read = json.loads(body.decode("utf-8"))
    assert read["raw"] == one.encode("utf-8", "ignore").decode()
    if not whole:
        assert fitted.misfit is not None
    elif utf16_length(whole) <= 255:
        assert read["LastName"] == whole
    else:
        assert utf16_length(read["LastName"]) <= 255
        assert read["LastName"].endswith("…")


def _parse_with_both(
    statement: str,
    meant: Sequence[tuple[str, str, tuple[str, ...]]],
    oracle: SoqlParserJs | None,
    strings: int,
) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """The conditions as the emulator's grammar parses them; also queues the statement for
    soql-parser-js."""
    found = conditions(statement)
    assert found == list(meant)
    if oracle is not None:
        oracle.take(statement, meant, strings)
    return found


def _folded(value: str) -> str:
    """Fold a value as the packer does: ASCII letters ignoring case."""
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in value)
