"""The judge: what the org and the store hold when the dust has settled, compared with what was fed. Nothing runs here.

A record is known by its person's last name, a Task by its person and its step: both are written by every plan, and no
colleague touches them. What a colleague deleted may be missing; what a colleague made may be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.colleague import PERSON
from tests.simulation.org import US, Row, Written
from tests.simulation.scenario import Fed
from tests.simulation.simulation import Simulation
from zsf_plugin.model.cause import PERSON_MISSING
from zsf_plugin.model.event import text_at
from zsf_plugin.model.link import Link, LinkKey
from zsf_plugin.ports.store import Entry, JournalLine

#: What may stay held when all that a person can mend was mended and released.
_STAYS_HELD = frozenset({PERSON_MISSING, "SEVERAL_MATCH", "OUTCOME_UNCLEAR"})


def verdict(run: Simulation) -> list[str]:
    """What is wrong, in words; nothing where all is well."""
    if run.scheduler.broken:
        return run.scheduler.broken
    judge = _Judge(run)
    return [*run.watch.wrongs, *run.login.wrongs, *judge.all_wrongs()]


class _Judge:
    """The evidence, read once."""

    def __init__(self, run: Simulation) -> None:
        self._run = run
        self._org = run.org
        self._store = run.store
        self._fed: dict[tuple[str, str], Fed] = {fed.key: fed for fed in run.scenario.fed}
        self._entries: dict[tuple[str, str], Entry] = {
            (of, it.event_id): it for of in run.scenario.workspaces for it in run.store.entries(of, limit=500)
        }
        self._removed = {it.id for it in self._org.history if it.by == PERSON and it.action == "delete"}
        self._links: dict[tuple[str, LinkKey], Link] = {}
        for (workspace, _), fed in self._fed.items():
            found = run.store.links(workspace, _keys(fed))
            self._links |= {(workspace, key): link for key, link in found.items()}

    def all_wrongs(self) -> Iterator[str]:
        """Every wrong."""
        yield from self._every_event_ended()
        yield from self._what_is_done_is_there()
        yield from self._what_changed_was_tried_again()
        yield from self._people_twice()
        yield from self._companies_twice()
        yield from self._tasks_twice()
        yield from self._touchpoints_share_no_task()
        yield from self._links_are_right()
        yield from self._nothing_was_blanked()
        yield from self._no_edit_was_undone()
        yield from self._journal_is_unique()
        yield from self._calls_are_few()

    def _every_event_ended(self) -> Iterator[str]:
        for key, receipt in self._run.receipts.items():
            entry = self._entries.get(key)
            if entry is None:
                yield f"lost: {key} was accepted as {receipt['entry']} and is not in the outbox"
            elif entry.state in ("pending", "writing"):
                yield f"lost: {key} is still {entry.state}"
            elif entry.state == "held" and (entry.cause is None or entry.cause.code not in _STAYS_HELD):
                yield f"lost: {key} stays held: {entry.reason}"
            elif entry.state == "held" and not self._may_be_held(key, entry):
                yield f"lost: {key} is held without need: {entry.reason}"
        missing = self._fed.keys() - self._run.receipts.keys()
        if missing:
            yield f"the host has no receipt for {sorted(missing)}"

    def _may_be_held(self, key: tuple[str, str], entry: Entry) -> bool:
        """A touchpoint waits for its person only where no purchase of that person is done."""
        if entry.cause is None or entry.cause.code != PERSON_MISSING:
            return True
        lane = text_at(self._fed[key].call, "prospect", "id")
        link = self._links.get((key[0], ("prospect", str(lane))))
        return link is None or link.record_id in self._removed or self._was_converted_away(link)

    def _was_converted_away(self, link: Link) -> bool:
        row = self._org.rows[link.object].get(link.record_id)
        return row is not None and row.get("ConvertedContactId") in self._removed

    def _what_is_done_is_there(self) -> Iterator[str]:
        for (workspace, event_id), entry in self._entries.items():
            if entry.state != "done":
                continue
            for key in _keys(self._fed[workspace, event_id]):
                if key[0] == ("prospect" if entry.kind == "purchase" else "touchpoint"):
                    link = self._links.get((workspace, key))
                    if link is None and not self._person_is_gone(self._fed[workspace, event_id].name):
                        yield f"lost: {event_id} is done, and {key} is linked to nothing"
                    elif (
                        link is not None
                        and link.record_id not in self._org.rows[link.object]
                        and link.record_id not in self._removed
                    ):
                        yield f"lost: {event_id} is done, and its {link.object} {link.record_id} is not there"

    def _person_is_gone(self, name: str) -> bool:
        """Whether a colleague deleted a record of that person: its link goes as soon as somebody looks."""
        return any(self._name_of(record_id) == name for record_id in self._removed)

    def _what_changed_was_tried_again(self) -> Iterator[str]:
        """Held for a picklist that has learned the value since: a drain lets it go without being told."""
        for entry in self._run.unmended:
            if entry.cause is not None and entry.cause.code == "DOES_NOT_FIT":
                yield f"{entry.event_id} stayed held though what held it has changed: {entry.reason}"

    def _people_twice(self) -> Iterator[str]:
        alive: dict[str, list[str]] = {}
        before: set[str] = set()
        for object_ in ("Lead", "Contact"):
            for record_id, row in self._org.rows[object_].items():
                if row.get("IsConverted"):
                    continue
                makers = {it.by for it in self._made(record_id)}
                if US in makers:
                    alive.setdefault(str(row["LastName"]), []).append(f"{object_} {record_id}")
                elif "before" in makers and not self._was_touched(record_id, "Email"):
                    before.add(str(row["LastName"]))
        for name, records in alive.items():
            if len(records) > self._allowed(name):
                yield f"twice: {name} is {' and '.join(records)}"
            if name in before:
                yield f"twice: {name} was known, and we made {records}"

    def _allowed(self, name: str) -> int:
        """One record a person; somebody whom nothing identifies (or whose e-mail a colleague changed), one a prospect."""
        calls = [fed.call for fed in self._fed.values() if fed.name == name]
        moved = any(
            it.by == PERSON and "Email" in it.after and self._name_of(it.id) == name for it in self._org.history
        )
        if any(text_at(call, "prospect", "first_name") for call in calls) and not moved:
            return 1
        return len({(str(call["workspace"]), text_at(call, "prospect", "id")) for call in calls})

    def _companies_twice(self) -> Iterator[str]:
        made = Counter(
            str(row.get("Name"))
            for record_id, row in self._org.rows["Account"].items()
            if any(it.by == US for it in self._made(record_id))
        )
        yield from (f"twice: {count} Accounts are called {name}" for name, count in made.items() if count > 1)

    def _tasks_twice(self) -> Iterator[str]:
        sent: Counter[tuple[str, str]] = Counter()
        for fed in self._fed.values():
            touch = fed.call.get("touchpoint")
            if isinstance(touch, dict):
                sent[fed.name, f"Call, step {touch['step']}"] += 1
        held = Counter(
            (self._name_of(str(row.get("WhoId"))), str(row.get("Subject"))) for row in self._org.rows["Task"].values()
        )
        for key, count in held.items():
            if count > sent[key]:
                yield f"twice: {count} Tasks of {key}, and {sent[key]} were sent"

    def _name_of(self, record_id: str) -> str:
        for table in (self._org.rows, self._org.gone):
            for object_ in ("Contact", "Lead"):
                if record_id in table[object_]:
                    return str(table[object_][record_id].get("LastName"))
        return "nobody"

    def _touchpoints_share_no_task(self) -> Iterator[str]:
        links = Counter((link.record_id) for (_, key), link in self._links.items() if key[0] == "touchpoint")
        yield from (
            f"lost: {count} touchpoints are linked to one Task {task}" for task, count in links.items() if count > 1
        )

    def _links_are_right(self) -> Iterator[str]:
        for (workspace, key), link in self._links.items():
            row = self._row(link)
            if row is None:
                yield f"the link {workspace} {key} points at {link.object} {link.record_id}, which never was"
            elif key[0] == "prospect" and row.get("LastName") not in self._names(workspace, key):
                yield f"the link {workspace} {key} points at {row.get('LastName')}"
            elif key[0] == "touchpoint" and self._name_of(str(row.get("WhoId"))) not in self._names(workspace, key):
                yield f"the link {workspace} {key} points at a Task of {self._name_of(str(row.get('WhoId')))}"

    def _row(self, link: Link) -> Row | None:
        return self._org.rows[link.object].get(link.record_id) or self._org.gone[link.object].get(link.record_id)

    def _names(self, workspace: str, key: LinkKey) -> set[str]:
        return {fed.name for (of, _), fed in self._fed.items() if of == workspace and key in _keys(fed)}

    def _nothing_was_blanked(self) -> Iterator[str]:
        for it in self._org.history:
            if it.by == US:
                for name, value in it.after.items():
                    if _is_blank(value) and not _is_blank(it.before.get(name)):
                        yield f"blanked: {it.object}.{name} of {it.id}"

    def _no_edit_was_undone(self) -> Iterator[str]:
        """What a person entered stays, once we could have seen it; but for titles, where a rule of this run says `always`."""
        edits: dict[tuple[str, str], Written] = {}
        for it in self._org.history:
            if it.by == PERSON and it.action == "update":
                edits |= {(it.id, name): it for name in it.after}
            elif it.by == US and it.action == "update":
                for name in it.after:
                    edit = edits.get((it.id, name))
                    if edit is not None and self._is_undone(edit, it, name):
                        yield f"undone: {it.object}.{name} of {it.id}, which a person had set"

    def _is_undone(self, edit: Written, write: Written, name: str) -> bool:
        seen = edit.turn < write.seen and not _is_blank(edit.after[name])
        still_there = write.before.get(name) == edit.after[name] != write.after[name]
        return seen and still_there and not (name == "Title" and self._run.scenario.overwrites_titles)

    def _journal_is_unique(self) -> Iterator[str]:
        lines: Counter[str] = Counter()
        for (workspace, _), entry in self._entries.items():
            journal: list[JournalLine] = list(self._store.journal(workspace, entry.id))
            lines.update(line.record_id for line in journal if line.action == "create")
            for line in journal:
                if not any(it.by == US and it.action in (line.action, "create") for it in self._writes(line.record_id)):
                    yield f"the journal of {entry.event_id} tells of a {line.action} that never was: {line.record_id}"
        yield from (
            f"the journal tells twice that {record} was created" for record, count in lines.items() if count > 1
        )

    def _calls_are_few(self) -> Iterator[str]:
        run, counts = self._run, self._run.story.counts
        trouble = counts["kill"] + counts["fail"] + counts["stall"] + counts["lost answer"] + counts["late commit"]
        bound = 40 + 14 * len(self._entries) + 8 * run.passes + 8 * trouble
        if run.sky.calls > bound:
            yield f"{run.sky.calls} API calls, where {bound} should do"

    def _made(self, record_id: str) -> list[Written]:
        return [it for it in self._writes(record_id) if it.action == "create"]

    def _writes(self, record_id: str) -> list[Written]:
        return [it for it in self._org.history if it.id == record_id]

    def _was_touched(self, record_id: str, name: str) -> bool:
        return any(it.by == PERSON and name in it.after for it in self._writes(record_id))


def _keys(fed: Fed) -> set[LinkKey]:
    keys: set[LinkKey] = {("prospect", str(text_at(fed.call, "prospect", "id")))}
    touch = text_at(fed.call, "touchpoint", "id")
    if touch is not None:
        keys.add(("touchpoint", touch))
    return keys


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
