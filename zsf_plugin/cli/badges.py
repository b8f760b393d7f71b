"""`zsf badges`: which people and companies of a search exist in Salesforce, as the host's search
would show them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from zsf_plugin.badges import COLOURS, Colour, text
from zsf_plugin.cli.arguments import seconds
from zsf_plugin.cli.common import (
    CommandApp,
    add_report_arguments,
    open_application,
    report,
    require_workspace,
)
from zsf_plugin.cli.inputs import read_text, unusable
from zsf_plugin.cli.output import calls_in_words, table
from zsf_plugin.cli.streams import progress, say, warn
from zsf_plugin.model import Badge, Json, JsonObject, SearchAnswer
from zsf_plugin.own_calls import own_calls

MARKS: dict[Colour, str] = {"black": "●", "grey": "○", "unknown": "?"}
DEFAULT_DEADLINE_S = 30.0
_GIVE_RESULTS = "give a JSON list of prospects, as a search shows them"


@dataclass(frozen=True, slots=True)
class BadgesReport:
    """A search: how many results it had, the answer that a host gets, and the API calls that it
    took, by purpose."""

    results: int
    answer: SearchAnswer
    cost: Mapping[str, int]

    def as_json(self) -> JsonObject:
        """The document of `zsf badges --json`."""
        return {
            "plugin": self.answer["plugin"],
            "results": self._results_json(),
            "cost": self._cost_json(),
        }

    def _results_json(self) -> JsonObject:
        badges = self.answer["results"]
        return {id_: {**badge} for id_, badge in badges.items()}  # type: ignore[dict-item]

    def _cost_json(self) -> JsonObject:
        return {"calls": sum(self.cost.values()), "calls_by_purpose": {**self.cost}}


def add_badges(parser: argparse.ArgumentParser) -> None:
    """The arguments of `badges`."""
    add_report_arguments(parser, _badges)
    parser.add_argument(
        "results",
        type=Path,
        metavar="RESULTS.json",
        help="File with a JSON list of prospects, as a search shows them; - reads stdin",
    )
    parser.add_argument(
        "--deadline",
        type=seconds,
        default=DEFAULT_DEADLINE_S,
        metavar="S",
        help=f"Wait at most S seconds for Salesforce (default: {DEFAULT_DEADLINE_S:.0f})",
    )


def _badges(options: argparse.Namespace) -> int:
    results = _read_results(options.results)
    with open_application() as app, progress("Looking for the results in Salesforce"):
        require_workspace(app, options.workspace)
        is_connected = app.store.connection(options.workspace) is not None
        search = _search(app, options, results)
    code = report(options, search, BadgesReport.as_json, _show)
    if not is_connected:
        warn("Not connected to Salesforce yet, so every badge is unknown: run `zsf connect`")
    return code


def _search(app: CommandApp, options: argparse.Namespace, results: list[Json]) -> BadgesReport:
    before = own_calls()
    answer = app.badges.answer(options.workspace, results, {}, options.deadline)
    return BadgesReport(len(results), answer, own_calls() - before)


def _read_results(path: Path) -> list[Json]:
    """The results of a file. Raises CommandError, which says what to do."""
    document = _read_json(path)
    rows = document.get("results") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise unusable(path, " not a list", _GIVE_RESULTS)
    return rows


def _read_json(path: Path) -> Json:
    text = read_text(path, _GIVE_RESULTS)
    try:
        document: Json = json.loads(text)
    except json.JSONDecodeError as error:
        raise unusable(path, f"{error.lineno}: not JSON", _GIVE_RESULTS) from error
    except (ValueError, RecursionError) as error:
        raise unusable(path, " not JSON", _GIVE_RESULTS) from error
    return document


def _show(search: BadgesReport) -> None:
    badges = search.answer["results"]
    table(("", "result", "person", "company"), (_row(*item) for item in badges.items()))
    say(summary(badges.values()))
    _report_unnamed(search.results - len(badges), search.results)
    say(f"API calls {calls_in_words(search.cost)}")


def _row(id_: str, badge: Badge) -> tuple[str, ...]:
    return (
        MARKS[badge["badge"]],
        id_,
        _record_in_words(badge["person"]),
        _record_in_words(badge["company"]),
    )


def _report_unnamed(unnamed: int, results: int) -> None:
    if unnamed > 0:
        warn(f"{unnamed} of {results} results are not listed: they lack an id, or repeat one")


def _record_in_words(seen: Mapping[str, str | None]) -> str:
    if seen["status"] != "exists":
        return str(seen["status"])
    return f"{seen['object']} {seen['id'] or '(several records match)'}"


def summary(badges: Iterable[Badge]) -> str:
    """How many are black, grey and unknown, with the meaning of each mark."""
    counts = Counter(map(itemgetter("badge"), badges))
    return ", ".join(_counted(colour, counts) for colour in COLOURS)


def _counted(colour: Colour, counts: Counter[Colour]) -> str:
    return f"{MARKS[colour]} {counts[colour]} {_colour_in_words(colour)}"


def _colour_in_words(colour: Colour) -> str:
    return text(colour).lower().replace("salesforce", "Salesforce")
