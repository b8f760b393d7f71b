"""Values of sample events that their fields in the org do not take whole, by the rules that fill
them. Pure but for the lines of the files, which are read if something is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath

from zsf_plugin.messages.rule_findings import OUTBOX, finding_text
from zsf_plugin.model import OrgFacts, Rule, table_in
from zsf_plugin.ports import RulesInForce
from zsf_plugin.rulebook.files import Finding, RuleLines
from zsf_plugin.rulebook.sample_trials import Misfit, Sample, SampleTrials

#: The ids that are listed of entries that could not be tried.
_MAX_ENTRIES = 5


def sample_findings(
    in_force: RulesInForce,
    rules: Sequence[Rule],
    files: Mapping[str, FilePath],
    facts: OrgFacts,
    samples: Iterable[Sample],
) -> list[Finding]:
    """A warning for each field that people map, and each reason why a value of some event does not
    fit it, and one for each reason why events could not be tried. `files` holds the path of each
    rule file, by the rule's name."""
    tried = SampleTrials()
    for sample in samples:
        tried.take(sample, in_force, facts)
    by_name = {rule.file: rule for rule in rules if rule.layer != "shipped"}
    found, lines = [], RuleLines(files)
    for misfit, count in tried.misfits.items():
        rule = by_name.get(misfit.file)
        if rule is not None:
            data = {**misfit._asdict(), "count": count, "tried": tried.count}
            words = finding_text("SAMPLE_MISFIT", data)
            path = _path_of(rule, misfit)
            found.append(lines.finding(rule, path, words, "SAMPLE_MISFIT", "warning"))
    return [*_untried(tried.failed), *sorted(found, key=_place)]


def _place(finding: Finding) -> tuple[str, int, str, str]:
    """Where a finding is, to list them in the order of the files."""
    return finding.file, finding.line or 0, finding.pointer, finding.message


def _untried(failed: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    for why, entries in failed.items():
        more = len(entries) - _MAX_ENTRIES
        also = f" and {more} more" if more > 0 else ""
        data = {"entries": f"{', '.join(entries[:_MAX_ENTRIES])}{also}", "why": why}
        words = finding_text("SAMPLE_UNTRIED", data)
        yield Finding(OUTBOX, None, "", words, "SAMPLE_UNTRIED", "warning")


def _path_of(rule: Rule, misfit: Misfit) -> tuple[str, ...]:
    """Where the rule fills that field, in its own spelling: of an activity, the first table that
    does."""
    is_activity = misfit.object == "Task"
    section = "activity" if is_activity else "fields"
    tables = table_in(rule.document, section)
    for name in tables if is_activity else [misfit.object]:
        for key in table_in(tables, name):
            if key.lower() == misfit.field.lower():
                return (section, name, key)
    return (section,)
