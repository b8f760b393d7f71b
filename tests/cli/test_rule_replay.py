"""`zsf rules replay` and `zsf outbox export`: events of a file or of the outbox, under other rules."""

from __future__ import annotations

import argparse
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.zsf import PURCHASE, Zsf
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.events import prospect, purchase
from tests.fakes.org import facts
from tests.sync.bench import Bench
from zsf_plugin.authoring.replay import Replay
from zsf_plugin.authoring.rule_pair import RulePair
from zsf_plugin.cli.moments import since
from zsf_plugin.cli.replay_report import ReplayReport
from zsf_plugin.cli.replayed_events import Source
from zsf_plugin.cli.sided_findings import SidedFindings
from zsf_plugin.model import Event, JsonObject
from zsf_plugin.rulebook.rulebook import as_if_in_force, shipped_rules
from zsf_plugin.settings import Settings
from zsf_plugin.store import open_store
from zsf_plugin.wiring.kept_events import entries_oldest_first

TOUCHPOINT = {
    **PURCHASE,
    "hook": "on_touchpoint_sent",
    "event_id": "t1",
    "touchpoint": {
        "id": "t1",
        "channel": "email",
        "subject": "SECRET",
        "content": {"text": "SECRET"},
    },
}
GERMANS = """
when = "prospect.location.country_code == 'DE'"
mode = "contact"
[fields.Contact]
Title = { value = "Kunde" }
"""


def lines(*events: object) -> str:
    return "".join(
        f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events
    )


def of(country: str, number: int) -> dict[str, Any]:
    person = {**PURCHASE["prospect"], "id": f"p{number}", "location": {"country_code": country}}  # type: ignore[dict-item]
    return {**PURCHASE, "event_id": f"e{number}", "prospect": person}


def replay(zsf: Zsf, *arguments: str, code: int) -> dict[str, Any]:
    done = zsf("rules", "replay", *arguments, "--json")
    assert done.returncode == code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def edited(zsf: Zsf, text: str = GERMANS) -> str:
    return str(Path(zsf.write("edited/10.toml", text)).parent)


def test_differences_are_counted_by_kind_with_examples(zsf: Zsf) -> None:
    file = zsf.write("events.jsonl", lines(of("SE", 1), of("DE", 2), of("DE", 3), TOUCHPOINT))
    document = replay(zsf, file, "--against", edited(zsf), code=1)
    assert (document["events"], document["different"]) == (4, 2)
    assert {kind["kind"]: kind["count"] for kind in document["kinds"]} == {
        "field Contact.Title added": 2,
        "mode": 2,
    }
    example = document["kinds"][1]["example"]
    assert (example["line"], example["event_id"], example["before"], example["after"]) == (
        2,
        "e2",
        "lead",
        "contact",
    )
    assert document["calls"] == {"before": 13, "after": 13}


def test_an_event_that_cannot_be_tried_is_refused_and_the_others_are_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Replay.take

    def take(self: Replay, event: Event, source: JsonObject) -> JsonObject | None:
        if source["line"] == 1:
            raise RecursionError("CANARY")
        return whole(self, event, source)

    monkeypatch.setattr(Replay, "take", take)
    in_force = as_if_in_force(shipped_rules())
    replay = Replay(lambda _: RulePair(in_force, in_force), lambda _: 1)
    report = ReplayReport("a", "b", replay, SidedFindings())
    for line in (1, 2):
        report.take(Source({"line": line}, purchase(prospect(line))))
    assert (report.refused, report.replay.events) == (1, 1)
    (refusal,) = report.refusals
    assert refusal["line"] == 1
    assert "an unexpected RecursionError" in str(refusal["reason"])
    assert "CANARY" not in str(refusal)


def test_events_that_are_skipped_cost_no_calls(zsf: Zsf) -> None:
    file = zsf.write("events.jsonl", lines(of("SE", 1), TOUCHPOINT))
    off = edited(zsf, "[switches]\nsync_prospects = false\n")
    document = replay(zsf, file, "--against", off, code=1)
    assert document["calls"] == {"before": 7, "after": 4}
    assert [kind["kind"] for kind in document["kinds"]] == ["skipped"]


def test_bad_lines_are_refused_by_number_and_lose_nothing(zsf: Zsf) -> None:
    nameless = {**PURCHASE, "prospect": {}}
    file = zsf.write("events.jsonl", lines("SECRET", of("DE", 2), "", nameless))
    output = zsf.folder / "out.jsonl"
    document = replay(zsf, file, "--against", edited(zsf), "--output", str(output), code=1)
    assert (document["events"], document["refused"]) == (1, 2)
    assert [refusal["line"] for refusal in document["refusals"]] == [1, 4]
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["line"] for line in written] == [1, 2, 4]
    assert "SECRET" not in output.read_text()
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_what_was_refused_or_not_kept_is_counted_beside_what_was_replayed(zsf: Zsf) -> None:
    zsf.write("wrong/10.toml", "mod = 1\n")
    file = zsf.write("events.jsonl", lines("not JSON", of("SE", 1), {**PURCHASE, "prospect": {}}))
    done = zsf("rules", "replay", file, "--against", str(zsf.folder / "wrong"))
    first = done.stdout.splitlines()[0]
    assert first == "1 event replayed, none differs, 2 lines refused, 1 finding"
    zsf.write("config/rules/10.toml", "[switches]\nsync_prospects = false\n")
    zsf("feed", "-", stdin=lines(of("SE", 1)))
    shown = zsf("rules", "replay", "--since", "1d").stdout
    assert shown.splitlines()[0] == "0 events replayed, none differs, 1 not kept"


@pytest.mark.parametrize(
    ("in_force", "against", "sides"),
    [("mod = 1", "", ["before"]), ("", "mod = 1", ["after"]), ("mod = 1", None, ["after"])],
)
@pytest.mark.parametrize("events", [[PURCHASE], []], ids=["an event", "no event"])
def test_a_wrong_file_of_either_side_is_a_finding_with_its_side(
    zsf: Zsf, in_force: str, against: str | None, sides: list[str], events: list[object]
) -> None:
    zsf.write("config/rules/10.toml", in_force)
    file = zsf.write("e.jsonl", lines(*events))
    given = () if against is None else ("--against", edited(zsf, against))
    (found,) = replay(zsf, file, *given, code=1)["findings"]
    assert (found["sides"], found["code"], found["line"]) == (sides, "INVALID", 1)
    assert "column" in found


def test_without_against_the_shipped_rules_are_before(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", 'mode = "contact"\n')
    document = replay(zsf, zsf.write("e.jsonl", lines(PURCHASE)), code=1)
    example = document["kinds"][0]["example"]
    assert (example["before"], example["after"]) == ("lead", "contact")


def test_each_event_is_replayed_in_its_own_workspace(zsf: Zsf) -> None:
    zsf.write("config/workspaces/acme/rules/10.toml", 'mode = "contact"\n')
    ours = {**PURCHASE, "workspace": "acme"}
    document = replay(zsf, zsf.write("e.jsonl", lines(PURCHASE, ours)), code=1)
    assert (document["events"], document["different"]) == (2, 1)
    only = replay(zsf, str(zsf.folder / "e.jsonl"), "--workspace", "acme", code=1)
    assert only["different"] == 2


def test_a_config_folder_has_the_rules_of_each_workspace(zsf: Zsf) -> None:
    zsf.write("edited/rules/10.toml", "")
    zsf.write("edited/workspaces/acme/rules/10.toml", 'mode = "contact"\n')
    ours = {**PURCHASE, "workspace": "acme"}
    file = zsf.write("e.jsonl", lines(PURCHASE, ours))
    document = replay(zsf, file, "--against", str(zsf.folder / "edited"), code=1)
    assert document["different"] == 1


def test_the_outbox_is_replayed_and_exported_without_contents(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", "[switches]\ninclude_contents = true\n")
    zsf("feed", "-", stdin=lines(of("SE", 1), TOUCHPOINT, of("DE", 2)))
    document = replay(zsf, "--since", "1h", "--against", edited(zsf), code=1)
    assert document["events"] == 3
    assert {"mode", "switches.include_contents"} <= {kind["kind"] for kind in document["kinds"]}
    exported = zsf("outbox", "export", "--since", "1h")
    assert exported.returncode == 0
    calls = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [call["event_id"] for call in calls] == ["e1", "t1", "e2"]
    assert calls[0] == of("SE", 1)
    assert "SECRET" not in exported.stdout


def test_an_export_is_fed_to_another_outbox(zsf: Zsf, tmp_path: Path) -> None:
    zsf("feed", "-", stdin=lines(of("SE", 1), TOUCHPOINT))
    exported = zsf("outbox", "export").stdout
    other = Zsf(tmp_path / "other")
    fed = json.loads(other("feed", "-", "--json", stdin=exported).stdout)
    assert (fed["accepted"], fed["refused"]) == (2, 0)
    assert other("outbox", "export").stdout == exported


def test_entries_whose_event_is_not_kept_are_counted(zsf: Zsf) -> None:
    zsf.write("config/rules/10.toml", "[switches]\nsync_activities = false\n")
    invalid = {**PURCHASE, "event_id": "e9", "prospect": {}}
    zsf("feed", "-", stdin=lines(of("SE", 1), TOUCHPOINT, invalid))
    output = str(zsf.folder / "events.jsonl")
    done = zsf("outbox", "export", "--output", output, "--json")
    assert json.loads(done.stdout) == {"exported": 1, "not_kept": 2, "output": output}
    assert stat.S_IMODE(os.stat(output).st_mode) == 0o600
    assert "not kept: 2" in zsf("outbox", "export", "--output", output).stderr
    assert replay(zsf, "--since", "1d", "--against", edited(zsf, ""), code=0)["not_kept"] == 2


def test_an_export_has_one_state_and_one_workspace(zsf: Zsf) -> None:
    zsf("feed", "-", stdin=lines(of("SE", 1), {**PURCHASE, "workspace": "acme"}))
    assert zsf("outbox", "export", "--state", "done").stdout == ""
    calls = zsf("outbox", "export", "--workspace", "acme", "--state", "pending").stdout
    assert [json.loads(line)["workspace"] for line in calls.splitlines()] == ["acme"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "replay"),
        ("rules", "replay", "e.jsonl", "--since", "1d"),
        ("rules", "replay", "e.jsonl", "--against", "nowhere"),
        ("rules", "replay", "nowhere.jsonl"),
        ("outbox", "export", "--json"),
        ("outbox", "export", "--since", "yesterday"),
        ("outbox", "export", "--output", "/nowhere/x.jsonl"),
    ],
)
def test_what_cannot_run_says_so_in_one_line(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_failed_run_leaves_the_old_output(zsf: Zsf) -> None:
    output = zsf.write("out.jsonl", "old")
    assert zsf("rules", "replay", "nowhere.jsonl", "--output", output).returncode == 2
    assert Path(output).read_text() == "old"
    assert sorted(file.name for file in zsf.folder.glob("*out*")) == ["out.jsonl"]


def test_a_moment_is_a_time_or_an_age() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    assert since("2026-11-20T12:00").at(0.0) == noon
    assert since("2026-11-20T13:00+01:00").at(0.0) == noon
    assert (since("24h").at(100_000.0), since("1w").at(604_800.0)) == (13_600.0, 0.0)
    for text in ("yesterday", "-1d", "24", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="24h or 7d"):
            since(text)


def test_pages_are_read_oldest_first_and_each_entry_once(tmp_path: Path) -> None:
    store = open_store(Settings(tmp_path, tmp_path, secret_key="k" * 40))
    bench = Bench(store, FakeClock(), FakeCrm(facts()))
    ids = bench.feed(*(purchase(prospect(number), f"e{number}") for number in range(7)))
    for size in (1, 2, 3, 6, 7, 100):
        found = [entry.id for entry in entries_oldest_first(store, "default", None, None, size)]
        assert found == ids
    walk = entries_oldest_first(store, "default", None, "pending", 2)
    first = next(walk)
    bench.feed(purchase(prospect(9), "new"))  # arrived since it began
    bench.drain(max_entries=2)  # entries that leave the state make room for others
    left = [first.id, *(entry.id for entry in walk)]
    assert left == sorted(set(left), key=ids.index)
    assert set(ids[2:]) <= set(left)
    store.close()


def test_the_differences_never_take_the_place_of_the_events(zsf: Zsf) -> None:
    events = zsf.write("events.jsonl", lines(PURCHASE))
    zsf.write("new/10.toml", GERMANS)
    done = zsf(
        *("rules", "replay", events, "--against", str(zsf.folder / "new")), "--output", events
    )
    assert (done.returncode, "is the file of events; give another" in done.stderr) == (2, True)
    assert Path(events).read_text(encoding="utf-8") == lines(PURCHASE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", ""),
        ("fmt", ""),
        ("migrate", ""),
        ("test", ""),
        ("schema", "--write", ""),
        ("diff", "", "a"),
        ("replay", "", "--against", "a"),
        ("replay", "a", "--against", ""),
    ],
)
def test_an_empty_path_is_not_the_current_folder(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf("rules", *arguments)
    assert (done.returncode, "'' is not accepted; give a path" in done.stderr) == (2, True)
