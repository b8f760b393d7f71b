"""A row of the mapping as the page shows it: what fills a field, with a sample, its policy, who
decides, and what is wrong. Pure; `rows` builds them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zsf_plugin.console.mapping.drafts import NEED, NEW, PostedRow, policy_named
from zsf_plugin.console.mapping.fitting import Sample, type_words
from zsf_plugin.console.presenters.sources import Words
from zsf_plugin.model import FieldDescribe, FieldRule, Overwrite

_NO_SAMPLE = Sample()


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row. `key` is its name in the form; `field` the Salesforce field of now ("": none); `was`
    the saved policy.

    `locked` names the rule file that sets it; `partial_files` tells files that decide for some;
    `problem` says what is wrong; `leaves_required` that the field which the row leaves in the draft
    is demanded by Salesforce. `held` counts entries that wait for this field to be filled.
    """

    object: str
    key: str
    words: Words
    field: str = ""
    describe: FieldDescribe | None = None
    overwrite: Overwrite = "if_blank"
    was: Overwrite = "if_blank"
    sample: Sample = _NO_SAMPLE
    layer: str = ""
    problem: str = ""
    locked: str | None = None
    partial_files: tuple[str, ...] = ()
    changed: bool = False
    leaves_required: bool = False
    held: int = 0
    posted: PostedRow | None = None
    rule: FieldRule | None = None

    @property
    def is_translatable(self) -> bool:
        """Whether what Zaplify says can be translated for the field: a picklist that an expression
        fills."""
        return self._has_picklist and self._has_sources and not self.locked

    @property
    def _has_picklist(self) -> bool:
        return self.describe is not None and bool(self.describe.picklist)

    @property
    def _has_sources(self) -> bool:
        return self.rule is not None and bool(self.rule.sources)

    @property
    def is_default(self) -> bool:
        """Whether it is as we ship it."""
        return self.layer == "shipped" and not self.changed

    @property
    def is_required_gap(self) -> bool:
        """Whether nothing fills the field, though Salesforce demands it."""
        return self.key.startswith(NEED)

    @property
    def is_unfilled(self) -> bool:
        """Whether nothing fills a field that Salesforce demands, in the draft either."""
        return self.is_required_gap and not self.changed

    @property
    def fills(self) -> bool:
        """Whether the row fills a field."""
        return bool(self.field) and not self.is_unfilled

    @property
    def is_moved(self) -> bool:
        """Whether it fills another field in the draft than it filled."""
        return self.posted is not None and self.field.lower() != self.key.lower()

    @property
    def is_blank(self) -> bool:
        """Whether a person added the row and chose nothing in it yet."""
        return self.is_added and not self.changed

    @property
    def type_words(self) -> str:
        """The field's type as people call it, where the field is known."""
        return type_words(self.describe) if self.describe is not None else ""

    @property
    def as_posted(self) -> PostedRow:
        """The row as the form posts it."""
        return PostedRow(self.object, self.key, self.field, self.overwrite, self.was)

    @property
    def depends_on_others(self) -> bool:
        """Whether what is wrong with the row depends on what the draft fills in other rows."""
        return self.is_required_gap or self.leaves_required

    @property
    def is_unsaved(self) -> bool:
        """Whether no rule stands behind the row yet."""
        return self.is_added or self.is_required_gap

    @property
    def is_added(self) -> bool:
        """Whether a person added the row, and no rule stands behind it yet."""
        return self.key.startswith(NEW)

    @property
    def fills_in_draft(self) -> bool:
        """Whether the row fills its field as a person's draft has it."""
        if self.posted is None or not self.field:
            return False
        return self.posted.has_source or not self.posted.is_new

    @property
    def name(self) -> str:
        """What the row's names in the form begin with."""
        return f"{self.object}.{self.key}"

    def edited(self, posted: PostedRow) -> MapRow:
        """A saved row with the policy and the translations that a person chose."""
        overwrite = policy_named(posted.overwrite) or self.was
        is_other = posted.is_moved or posted.translations is not None
        return replace(
            self,
            overwrite=overwrite,
            changed=is_other or overwrite != self.was,
            posted=posted,
            rule=_translated(self.rule, posted),
        )


def _translated(rule: FieldRule | None, posted: PostedRow) -> FieldRule | None:
    """The rule with the draft's translations of values, where it has some."""
    if rule is None or posted.translations is None:
        return rule
    return replace(rule, values=posted.translations)
