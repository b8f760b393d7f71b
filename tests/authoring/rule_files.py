"""Rules in files, as authors write them, and random ones."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

from zsf_plugin.authoring.rule_sets import RuleSet, read_rule_set
from zsf_plugin.model import Json, JsonObject

#: Conditions of random rules: over what events may lack, and what only some of them have.
CONDITIONS = (
    None,
    "prospect.location.country_code == 'DE'",
    "prospect.company.employees > `500` && prospect.location.country_code == 'SE'",
    "lower(prospect.title) == 'cto' || prospect.custom.tier == `3`",
    "contains(prospect.custom.tags, 'vip')",
    "!(touchpoint.channel == 'email') && user.email != 'x@zaplify.example'",
    "starts_with(prospect.email, 'info@')",
)
_SOURCES = ("prospect.title", "prospect.company.industry", "prospect.custom.tier")
_VALUES = ("Hot", "Cold", 3, 1)
_ENTRIES: st.SearchStrategy[Json] = st.one_of(
    st.sampled_from([*_SOURCES, False]),
    st.builds(
        lambda source, overwrite: {"from": [source, "prospect.first_name"], "overwrite": overwrite},
        st.sampled_from(_SOURCES),
        st.sampled_from(["if_blank", "always"]),
    ),
    st.builds(lambda value: {"value": value}, st.sampled_from(_VALUES)),
    st.builds(
        lambda key, value: {"from": "prospect.title", "values": {key: value}, "default": "?"},
        st.sampled_from(["CTO", "Engineer"]),
        st.sampled_from(["Chief", "Other"]),
    ),
)
_FIELDS = st.dictionaries(st.sampled_from(["Title", "Rating", "Email"]), _ENTRIES, max_size=2)


def _rule(
    when: str | None,
    mode: str | None,
    fields: dict[str, dict[str, Json]],
    switches: dict[str, Json],
    activity: dict[str, Json],
) -> JsonObject:
    rule: dict[str, Json] = {"fields": fields, "switches": switches}
    if activity:
        rule["activity"] = {"sms": activity}
    if when is not None:
        rule["when"] = when
    if mode is not None:
        rule["mode"] = mode
    return rule


#: One rule document.
RULES: st.SearchStrategy[JsonObject] = st.builds(
    _rule,
    st.sampled_from(CONDITIONS),
    st.sampled_from([None, "lead", "contact"]),
    st.dictionaries(st.sampled_from(["Lead", "Contact"]), _FIELDS, max_size=2),
    st.dictionaries(st.sampled_from(["sync_prospects", "sync_activities"]), st.booleans()),
    st.dictionaries(st.just("Description"), st.sampled_from(["touchpoint.url", "prospect.title"])),
)


def write_rules(folder: Path, *documents: JsonObject) -> Path:
    """A folder with those rules, low to high, and no others."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for number, document in enumerate(documents, 10):
        text = json.dumps(document)
        (folder / f"{number}.json").write_text(text, encoding="utf-8")
    return folder


def rule_set(folder: Path, *documents: JsonObject) -> RuleSet:
    found = read_rule_set(write_rules(folder, *documents), "default")
    assert [one for one in found.findings if one.severity == "error"] == []
    return found
