"""What must be true of every text at every door: statements, addresses, headers, bodies. Each check
raises AssertionError.

`check` takes many texts at once, as statements do, and hands what it built to soql-parser-js as
well.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from tests.fakes.id_fields import KEY
from tests.hostile.judges import SoqlParserJs, conditions, found_text, values
from tests.hostile.texts import as_kept, in_a_line
from tests.salesforce.support import described, facts_of, text
from zsf_plugin.decision.fit import fit
from zsf_plugin.emulator.soql.filters import like_pattern
from zsf_plugin.emulator.soql.grammar import unquoted
from zsf_plugin.errors import ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import FieldDescribe, Lookup, PlannedField
from zsf_plugin.model.text import utf16_length
from zsf_plugin.salesforce import addresses, headers, soql
from zsf_plugin.salesforce.questions import MAX_STATEMENT_BYTES, pack
from zsf_plugin.salesforce.session import encoded_body

NAME = text("LastName", 255)
SITE = FieldDescribe("Website", "Website", "url", length=255)
LEAD = described("Lead", NAME, SITE, text(str(KEY["name"]), 64))
FACTS = facts_of([LEAD])
#: A text whose LIKE pattern is matched for real, one in so many: compiling each would take most of
#: the time.
_MATCHED_ONE_IN = 20


def check(texts: Sequence[str], judge: SoqlParserJs | None = None) -> None:
    """All checks, on each of the texts and on the statements that hold them together."""
    check_literals(texts, judge)
    check_patterns(texts, judge)
    check_packed(texts, judge)
    for one in texts:
        check_encoded(one)
        check_headers(one)
        check_paths(one)
        check_body(one)


def check_literals(texts: Sequence[str], judge: SoqlParserJs | None = None) -> None:
    """A literal parses, and means the text that an org can hold; one that is too long to be asked
    by is none."""
    literals = [soql.literal(one) for one in texts]
    for one, literal in zip(texts, literals, strict=True):
        if literal is None:
            assert len(as_kept(one)) * 6 > soql.MAX_LITERAL_CHARS, "a short text was given up"
    asked = [literal for literal in literals if literal is not None]
    if not asked:
        return
    statement = soql.select(["Id"], "Lead") + soql.one_of("Email", asked)
    (found,) = _agreed(statement, [("Email", "IN", tuple(asked))], judge, len(asked))
    wanted = [
        as_kept(one) for one, literal in zip(texts, literals, strict=True) if literal is not None
    ]
    assert values(found) == wanted
    assert max(map(len, asked)) <= soql.MAX_LITERAL_CHARS + 2


def check_patterns(texts: Sequence[str], judge: SoqlParserJs | None = None) -> None:
    """A pattern has two wildcards, its first and its last character, and finds the text wherever it
    stands."""
    patterns = [(one, pattern) for one in texts if (pattern := soql.containing(one)) is not None]
    if not patterns:
        return
    statement = soql.select(["Id"], "Lead") + soql.like(
        "Website", [pattern for _, pattern in patterns]
    )
    meant = [("Website", "LIKE", (pattern,)) for _, pattern in patterns]
    for number, (one, found) in enumerate(
        zip(patterns, _agreed(statement, meant, judge, 0), strict=True)
    ):
        wild, rest = found_text(found[2][0])
        assert (wild, rest) == (2, as_kept(one[0]))
        if number % _MATCHED_ONE_IN == 0:
            matcher = like_pattern(unquoted(found[2][0], for_like=True), exact=True)
            assert matcher.fullmatch(f"\0{rest}\0")
            assert not matcher.fullmatch(f"\0{rest[:-1]}") or not rest


def check_packed(texts: Sequence[str], judge: SoqlParserJs | None = None) -> None:
    """What the product asks: exactly the texts a field can hold, in statements that fit a URL, and
    nothing besides."""
    lookups = [Lookup("Lead", (("LastName", "text", one),)) for one in texts]
    wanted = {
        _folded(whole) for one in texts if (whole := in_a_line(one)) and utf16_length(whole) <= 255
    }
    asked: set[str] = set()
    for question in pack(lookups, {"Lead": ["LastName"]}, FACTS):
        assert len(addresses.encoded(question.statement)) <= MAX_STATEMENT_BYTES
        found = conditions(question.statement)
        assert [(field, operator) for field, operator, _ in found] == [("LastName", "IN")] * len(
            found
        )
        _agreed(question.statement, found, judge, 0)
        asked |= {_folded(value) for one in found for value in values(one)}
    assert asked == wanted


def check_encoded(one: str) -> None:
    """Percent-encoding round-trips, in a query as the server reads it and as a single step of a
    path."""
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
    """A header carries visible ASCII or is not made: it never splits, and never fails to be
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
    """A path leads to the record or page that was meant, or to none."""
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
    """What is written of a text fits its field, and the body is JSON in UTF-8 that says just
    that."""
    planned = PlannedField("LastName", one, "always", "leave_out", "shorten", "test")
    fitted = fit(planned, NAME, LEAD)
    whole = in_a_line(one)
    body = encoded_body({"LastName": fitted.value, "raw": one})
    assert body is not None
    read = json.loads(body.decode("utf-8"))
    assert read["raw"] == one.encode("utf-8", "ignore").decode()
    if not whole:
        assert fitted.misfit is not None
    elif utf16_length(whole) <= 255:
        assert read["LastName"] == whole
    else:
        assert utf16_length(read["LastName"]) <= 255
        assert read["LastName"].endswith("…")


def _agreed(
    statement: str,
    meant: Sequence[tuple[str, str, tuple[str, ...]]],
    judge: SoqlParserJs | None,
    strings: int,
) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """The conditions as the emulator's grammar reads them; soql-parser-js gets the statement to
    judge as well."""
    found = conditions(statement)
    assert found == list(meant)
    if judge is not None:
        judge.take(statement, meant, strings)
    return found


def _folded(value: str) -> str:
    """As the packer tells values apart: by letters, the case of ASCII ones aside."""
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in value)
