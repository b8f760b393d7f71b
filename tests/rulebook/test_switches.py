"""The switches for an event: those of the merged rules, without asking rules that set none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.decision.merge import applies
from zsf_plugin.model import Json, JsonObject, Rule
from zsf_plugin.rulebook import Rulebook, layered, rulebook

SCOPES: list[JsonObject] = [{"prospect": {"id": number}} for number in "123"]
CONDITIONS = st.sampled_from([None, *(f"prospect.id == '{number}'" for number in "123")])
SWITCHES = st.dictionaries(
    st.sampled_from(["sync_prospects", "sync_activities", "include_contents"]), st.booleans()
)


@given(st.lists(st.tuples(CONDITIONS, SWITCHES), max_size=6), st.sampled_from(SCOPES))
def test_they_are_always_those_of_all_rules_that_apply(
    made: list[tuple[str | None, dict[str, bool]]], scope: JsonObject
) -> None:
    rules: tuple[Rule, ...] = ()
    for number, (when, switches) in enumerate(made):
        document: dict[str, Json] = {"mode": "contact"}
        if switches:
            document["switches"] = {**switches}
        rules += (Rule(f"{number}.toml", "config", document, when),)
    in_force = rulebook.as_if_in_force(rules)
    assert in_force.switches_for(scope) == in_force.rules_for(scope).switches


def test_a_rule_without_switches_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "1.toml").write_text('when = "prospect.id == \'1\'"\nmode = "contact"\n')
    text = "when = \"prospect.id == '1'\"\n[switches]\nsync_activities = false\n"
    (folder / "2.toml").write_text(text)
    asked: list[str] = []

    def recording(rule: Rule, *arguments: object) -> bool:
        asked.append(rule.file)
        return applies(rule, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(layered, "applies", recording)
    in_force = Rulebook(tmp_path, lambda _: {}).in_force("w")
    assert not in_force.switches_for(SCOPES[0]).sync_activities
    assert asked == ["rules/2.toml"]
