"""What a replay counts and keeps."""

from __future__ import annotations

import json
from pathlib import Path

from tests.authoring.rule_files import rule_set, write_rules
from tests.fakes.events import prospect, purchase, touchpoint
from zsf_plugin.authoring.replay import MAX_EXAMPLES, MESSAGE_TEXT, Replay
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.authoring.rule_sets import console_rule, read_rule_set
from zsf_plugin.model import JsonObject, Rule

CONTENTS: JsonObject = {"switches": {"include_contents": True}}


def replay(folder: Path, before: JsonObject, after: JsonObject) -> Replay:
    pair = RulePair(rule_set(folder / "a", before).rules, rule_set(folder / "b", after).rules)
    return Replay(lambda _: pair, lambda kind: {"purchase": 3, "touchpoint": 4}[kind])


def test_a_replay_keeps_a_few_examples_however_many_events_there_are(tmp_path: Path) -> None:
    found = replay(tmp_path, {}, {"mode": "contact", "limits": {"api_share": 0.5}})
    for number in range(200):
        assert found.take(purchase(prospect(number), f"e{number}"), {"line": number}) is not None
    (kind,) = found.kinds  # limits concern no single event
    assert (kind.kind, kind.count, len(kind.examples)) == ("mode", 200, MAX_EXAMPLES)
    assert (found.events, found.different, found.calls_before) == (200, 200, 600)


def test_the_most_frequent_kind_comes_first(tmp_path: Path) -> None:
    found = replay(
        tmp_path,
        {},
        {"fields": {"Lead": {"Title": False, "Rating": "prospect.custom.tier"}}},
    )
    for tier in (None, None, "A"):
        assert found.take(purchase(prospect(1, custom={"tier": tier})), {}) is not None
    counts = [(kind.kind, kind.count) for kind in found.kinds]
    assert counts == [("field Lead.Title removed", 3), ("field Lead.Rating added", 1)]


def test_message_text_is_compared_but_never_shown(tmp_path: Path) -> None:
    fields = {"Description": "touchpoint.subject", "Subject": "touchpoint.channel"}
    found = replay(tmp_path, CONTENTS, {**CONTENTS, "activity": {"email": {**fields}}})
    event = touchpoint(prospect(1), subject="SECRET")
    line = found.take(event, {"line": 1})
    assert line is not None
    shown = {one["field"]: (one["before"], one["after"]) for one in line["differences"]}  # type: ignore[index, union-attr, call-overload]
    assert shown["Description"] == (MESSAGE_TEXT, MESSAGE_TEXT)
    assert shown["Subject"] == (MESSAGE_TEXT, "email")
    text = json.dumps([line, [kind.examples for kind in found.kinds]])
    assert "SECRET" not in text
    assert "CONTENT_CANARY" not in text


def test_message_text_is_never_shown_wherever_rules_put_it(tmp_path: Path) -> None:
    person = {"Description": "touchpoint.subject", "Email": "concat(touchpoint.subject, '@x.y')"}
    after: JsonObject = {
        **CONTENTS,
        "fields": {"Lead": {**person}, "Contact": {**person}},
        "owner": {"from": "concat(touchpoint.subject, '@x.y')"},
    }
    found = replay(tmp_path, CONTENTS, after)
    line = found.take(touchpoint(prospect(1), subject="SECRET"), {"line": 1})
    assert line is not None
    text = json.dumps([line, [kind.examples for kind in found.kinds]])
    assert MESSAGE_TEXT in text
    assert "SECRET" not in text


def test_a_side_that_has_no_message_text_is_shown(tmp_path: Path) -> None:
    found = replay(tmp_path, {}, CONTENTS)
    line = found.take(touchpoint(prospect(1), subject="SECRET"), {"line": 1})
    assert line is not None
    shown = {one["field"]: (one["before"], one["after"]) for one in line["differences"]}  # type: ignore[index, union-attr, call-overload]
    assert shown["Subject"][0] not in (None, MESSAGE_TEXT)
    assert shown["Subject"][1] == MESSAGE_TEXT


def test_what_the_console_sets_lies_below_the_files(tmp_path: Path) -> None:
    console = Rule("console", "console", {"mode": "contact"})
    assert console_rule([console]) == console
    for document, mode in (({}, "contact"), ({"mode": "lead"}, "lead")):
        folder = write_rules(tmp_path / "rules", document)
        found = read_rule_set(folder, "default", console)
        assert found.rules.rules_for({}).mode == mode
