"""Pasted or uploaded text → prospects and findings. Pure: it never raises, stores nothing and asks
nobody.

No line is lost: each is part of a prospect, or a finding says what is wrong with it, and the good
ones are looked up all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from zsf_plugin.console.search.documents import read_json
from zsf_plugin.console.search.reading import Finding, Parsed, Row
from zsf_plugin.console.search.tables import read_table
from zsf_plugin.model.json import JsonObject

#: The first fault of a prospect as (pointer, reason), or None.
FirstFault = Callable[[JsonObject], tuple[str, str] | None]


def decoded(data: bytes) -> str:
    """An uploaded file's text: UTF-8, or UTF-16 where the file says so, else as Windows writes
    Western text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def parse(text: str) -> Parsed:
    """The prospects of a text (CSV with a heading, or JSON), and what is to be said of the rest of
    it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if not text:
        return Parsed()
    lines = text.split("\n")
    reading = read_json(text, lines) if text.lstrip()[0] in "[{" else read_table(lines)
    return reading.done()


def checked(parsed: Parsed, first_fault: FirstFault) -> Parsed:
    """`parsed`, with a finding in the place of each prospect that a host's search could not
    hold."""
    good: list[Row] = []
    findings = list(parsed.findings)
    for row in parsed.rows:
        fault = first_fault(row.prospect)
        if fault is None:
            good.append(row)
        else:
            where, reason = fault[0].lstrip("/").replace("/", "."), fault[1]
            findings.append(
                Finding(f"{parsed.unit} {row.first}: {where} {reason}.", row.first, row.last)
            )
    return Parsed(
        tuple(good), tuple(sorted(findings, key=lambda finding: finding.first)), parsed.unit
    )
