"""`zsf badges`: which people and companies of a search exist in Salesforce, as the host's search
would show them."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from zsf_plugin.badges import COLOURS, Colour, text
from zsf_plugin.cli.common import add_report_arguments, application
from zsf_plugin.cli.output import calls_in_words, say, say_json, table, tell
from zsf_plugin.errors import ConfigurationError
from zsf_plugin.model import Badge, Json, JsonObject, SearchAnswer
from zsf_plugin.sync.report import spent
from zsf_plugin.wiring.commands import CommandApp

MARKS: dict[Colour, str] = {"black": "●", "grey": "○", "unknown": "?"}
DEFAULT_DEADLINE_S = 30.0
_GIVE_A_LIST = "give a list of prospects, as a search shows them"


def add_badges(parser: argparse.ArgumentParser) -> None:
    """The arguments of `badges`."""
    add_report_arguments(parser, _badges)
    parser.add_argument(
        "results",
        type=Path,
        metavar="RESULTS.json",
        help="a list of prospects, as a search shows them",
    )
    parser.add_argument(
        "--deadline",
        type=float,
        default=DEFAULT_DEADLINE_S,
        metavar="S",
        help="wait so many seconds (default: 30)",
    )


def _badges(options: argparse.Namespace) -> int:
    results = _read(options.results)
    with application() as app:
        connected = app.store.connection(options.workspace) is not None
        answer, cost = _ask(app, options, results)
    if options.json:
        say_json({"plugin": answer["plugin"], "results": _documents(answer), "cost": _cost(cost)})
    else:
        _show(answer, results)
        say(f"API calls {calls_in_words(cost)}")
    if not connected:
        tell("not connected to Salesforce yet, so all is unknown: run `zsf connect`")
    return 0


def _ask(
    app: CommandApp, options: argparse.Namespace, results: list[Json]
) -> tuple[SearchAnswer, Mapping[str, int]]:
    """The answer a host gets, and the API calls it took, by purpose."""
    before = app.orgs.calls(options.workspace)
    deadline_s = max(options.deadline, 0.0)
    answer = app.badges.answer(options.workspace, results, {}, deadline_s)
    return answer, spent(before, app.orgs.calls(options.workspace))


def _read(path: Path) -> list[Json]:
    """The results of a file. Raises ConfigurationError, which says what to do."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        words = f"cannot be read ({error.strerror}): give a file of search results"
        raise ConfigurationError((f"{path} {words}",)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError((f"{path} is not JSON: {_GIVE_A_LIST}",)) from error
    rows = document.get("results") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise ConfigurationError((f"{path} holds no list: {_GIVE_A_LIST}",))
    return rows


def _documents(answer: SearchAnswer) -> JsonObject:
    return {id_: {**badge} for id_, badge in answer["results"].items()}  # type: ignore[dict-item]


def _cost(by_purpose: Mapping[str, int]) -> JsonObject:
    return {"calls": sum(by_purpose.values()), "calls_by_purpose": {**by_purpose}}


def _show(answer: SearchAnswer, results: list[Json]) -> None:
    badges = answer["results"]
    rows = []
    for id_, badge in badges.items():
        mark, person, company = badge["badge"], badge["person"], badge["company"]
        rows.append((MARKS[mark], id_, _words(person), _words(company)))
    table(("", "result", "person", "company"), rows)
    say(summary(list(badges.values())))
    if len(badges) < len(results):
        _tell_unnamed(len(results) - len(badges), len(results))


def _tell_unnamed(unnamed: int, results: int) -> None:
    tell(
        f"{unnamed} of {results} results have no id of their own, or one twice, and are not shown "
        "apart"
    )


def _words(seen: Mapping[str, str | None]) -> str:
    if seen["status"] != "exists":
        return str(seen["status"])
    return f"{seen['object']} {seen['id'] or '(several records match)'}"


def summary(badges: Sequence[Badge]) -> str:
    """How many are black, grey and unknown, which also tells what the marks mean."""
    counted = Counter(badge["badge"] for badge in badges)
    parts = []
    for colour in COLOURS:
        words = text(colour).lower().replace("salesforce", "Salesforce")
        parts.append(f"{MARKS[colour]} {counted[colour]} {words}")
    return ", ".join(parts)
