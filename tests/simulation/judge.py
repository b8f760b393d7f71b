"""The judge: what the org and the store hold when the dust has settled, compared with what was fed.
Nothing runs here.

`evidence` is what there is; each function here is one promise, and yields what breaks it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.colleague import PERSON
from tests.simulation.evidence import Evidence, is_blank, keys_of
from tests.simulation.org import US, Written
from tests.simulation.simulation import Simulation
from zsf_plugin.decision.causes import DOES_NOT_FIT
from zsf_plugin.model import OUTCOME_UNCLEAR, PERSON_MISSING, SEVERAL_MATCH, text_at
from zsf_plugin.ports import Entry
from zsf_plugin.sync.in_doubt import MAX_UNKNOWN_OUTCOMES


def verdict(run: Simulation) -> list[str]:
    """What is wrong, in words; nothing where all is well."""
    if run.scheduler.broken:
        return run.scheduler.broken
    it = Evidence(run)
    found = [*run.watch.wrongs, *run.login.wrongs]
    for promise in PROMISES:
        found += promise(it)
    return found


def every_event_ends(it: Evidence) -> Iterator[str]:
    """Each accepted event is done, skipped by a switch, or held with a cause that still stands."""
    for key, receipt in it.run.receipts.items():
        entry = it.entries.get(key)
        if entry is None:
            yield f"lost: {key} was accepted as {receipt['entry']} and is not in the outbox"
        elif entry.state in ("pending", "writing"):
            yield f"lost: {key} is still {entry.state}"
        elif entry.state == "held" and not _may_be_held(it, key, entry):
            yield f"lost: {key} stays held: {entry.reason}"
        elif entry.state == "skipped" and not (
            entry.kind == "touchpoint" and it.run.scenario.skips_touchpoints
        ):
            yield f"lost: {key} was skipped: {entry.reason}"
    missing = it.fed.keys() - it.run.receipts.keys()
    if missing:
        yield f"the host has no receipt for {sorted(missing)}"


def what_is_done_is_there(it: Evidence) -> Iterator[str]:
    """A done entry's record exists and is linked, unless a colleague deleted it."""
    for (workspace, event_id), entry in it.entries.items():
        kind = "prospect" if entry.kind == "purchase" else "touchpoint"
        fed = it.fed[workspace, event_id]
        for key in keys_of(fed) if entry.state == "done" else ():
            link = it.links.get((workspace, key))
            if key[0] != kind or (link is None and it.person_is_gone(fed.name)):
                continue
            if link is None:
                yield f"lost: {event_id} is done, and {key} is linked to nothing"
            elif (
                link.record_id not in it.org.rows[link.object] and link.record_id not in it.removed
            ):
                yield f"lost: {event_id} is done, and its {link.object} {link.record_id} is not there"


def what_changed_is_tried_again(it: Evidence) -> Iterator[str]:
    """Held for a picklist that has learned the value since: a drain lets it go without being
    told."""
    for entry in it.run.unmended:
        if entry.cause is not None and entry.cause.code == DOES_NOT_FIT:
            yield f"{entry.event.event_id} stayed held though what held it has changed: {entry.reason}"


def nobody_is_there_twice(it: Evidence) -> Iterator[str]:
    """One record a person, and none of ours beside one that was there before us."""
    ours: dict[str, list[str]] = {}
    known: set[str] = set()
    for object_ in ("Lead", "Contact"):
        for record_id, row in it.org.rows[object_].items():
            if it.made_by(US, record_id) and not row.get("IsConverted"):
                ours.setdefault(str(row["LastName"]), []).append(f"{object_} {record_id}")
            elif (
                it.made_by("before", record_id)
                and not row.get("IsConverted")
                and not it.touched(record_id, "Email")
            ):
                known.add(str(row["LastName"]))
    for name, records in ours.items():
        if len(records) > _records_of(it, name):
            yield f"twice: {name} is {' and '.join(records)}"
        if name in known:
            yield f"twice: {name} was known, and we made {' and '.join(records)}"


def no_company_is_there_twice(it: Evidence) -> Iterator[str]:
    """One Account a company."""
    rows = it.org.rows["Account"].items()
    made = Counter(str(row.get("Name")) for record_id, row in rows if it.made_by(US, record_id))
    yield from (
        f"twice: {count} Accounts are called {name}" for name, count in made.items() if count > 1
    )


def no_touchpoint_is_logged_twice(it: Evidence) -> Iterator[str]:
    """No more Tasks of a person and step than were sent, and no two touchpoints in one Task."""
    sent: Counter[tuple[str, str]] = Counter()
    for fed in it.fed.values():
        touch = fed.call.get("touchpoint")
        if isinstance(touch, dict):
            sent[fed.name, f"Call, step {touch['step']}"] += 1
    tasks = it.org.rows["Task"].values()
    held = Counter((it.name_of(str(row.get("WhoId"))), str(row.get("Subject"))) for row in tasks)
    yield from (
        f"twice: {n} Tasks of {key}, {sent[key]} sent" for key, n in held.items() if n > sent[key]
    )
    links = Counter(link.record_id for (_, key), link in it.links.items() if key[0] == "touchpoint")
    yield from (
        f"lost: {n} touchpoints share the Task {task}" for task, n in links.items() if n > 1
    )


def links_are_right(it: Evidence) -> Iterator[str]:
    """A link points at a record that is (or was) its person's, a touchpoint's at a Task of its
    person."""
    for (workspace, key), link in it.links.items():
        row = it.row(link)
        names = it.names(workspace, key)
        if row is None:
            yield f"the link {workspace} {key} points at {link.object} {link.record_id}, which never was"
        elif key[0] == "prospect" and row.get("LastName") not in names:
            yield f"the link {workspace} {key} points at {row.get('LastName')}"
        elif key[0] == "touchpoint" and it.name_of(str(row.get("WhoId"))) not in names:
            yield f"the link {workspace} {key} points at a Task of {it.name_of(str(row.get('WhoId')))}"


def contacts_are_at_their_company(it: Evidence) -> Iterator[str]:
    """A Contact that we made is under an Account of the company that the host named."""
    for record_id, row in it.org.rows["Contact"].items():
        if it.made_by(US, record_id):
            account = it.org.rows["Account"].get(str(row.get("AccountId")))
            at = account.get("Name") if account is not None else None
            if at not in it.companies(str(row["LastName"])):
                yield f"{row['LastName']} is at {at}"


def nothing_is_blanked(it: Evidence) -> Iterator[str]:
    """What was not empty is never made empty by us."""
    for write in it.org.history:
        for name, value in write.after.items() if write.by == US else ():
            if is_blank(value) and not is_blank(write.before.get(name)):
                yield f"blanked: {write.object}.{name} of {write.id}"


def no_edit_is_undone(it: Evidence) -> Iterator[str]:
    """What a person entered stays, once we could have seen it; but for titles, where a rule of this
    run says `always`."""
    edits: dict[tuple[str, str], Written] = {}
    for write in it.org.history:
        if write.by == PERSON and write.action == "update":
            edits |= {(write.id, name): write for name in write.after}
        elif write.by == US and write.action == "update":
            for name in write.after:
                edit = edits.get((write.id, name))
                if edit is not None and _is_undone(it, edit, write, name):
                    yield f"undone: {write.object}.{name} of {write.id}, which a person had set"


def the_journal_is_true(it: Evidence) -> Iterator[str]:
    """It tells of writes that happened, and of each creation once."""
    created: Counter[str] = Counter()
    for (workspace, event_id), entry in it.entries.items():
        for line in it.run.store.journal(workspace, entry.id):
            created[line.record_id] += line.action == "create"
            if not any(write.by == US for write in it.writes(line.record_id)):
                yield f"the journal of {event_id} tells of {line.record_id}, which we never wrote"
    yield from (
        f"the journal tells {n} times that {record} was created"
        for record, n in created.items()
        if n > 1
    )


def calls_are_few(it: Evidence) -> Iterator[str]:
    """The calls are bounded by what was to do and by what went wrong."""
    counts = it.run.story.counts
    trouble = sum(counts[name] for name in ("kill", "fail", "stall", "lost answer", "late commit"))
    bound = 40 + 14 * len(it.entries) + 8 * it.run.passes + 8 * trouble
    if it.run.sky.calls > bound:
        yield f"{it.run.sky.calls} API calls, where {bound} should do"


PROMISES = (
    every_event_ends,
    what_is_done_is_there,
    what_changed_is_tried_again,
    nobody_is_there_twice,
    no_company_is_there_twice,
    no_touchpoint_is_logged_twice,
    links_are_right,
    contacts_are_at_their_company,
    nothing_is_blanked,
    no_edit_is_undone,
    the_journal_is_true,
    calls_are_few,
)


def _may_be_held(it: Evidence, key: tuple[str, str], entry: Entry) -> bool:
    """By a cause that nobody has mended: several records, an in-doubt write, a person who is not
    there."""
    code = entry.cause.code if entry.cause is not None else None
    fed = it.fed[key]
    if code == PERSON_MISSING:
        link = it.links.get((key[0], ("prospect", str(text_at(fed.call, "prospect", "id")))))
        return link is None or not it.is_alive(link)
    if code == SEVERAL_MATCH:
        return it.several(fed.name)
    if (
        code == "DUPLICATE_VALUE"
    ):  # by a converted Lead, which keeps our id, and whose Contact a colleague deleted
        return it.person_is_gone(fed.name)
    return code == OUTCOME_UNCLEAR and (
        not it.run.scenario.external_id or _gave_up_on_its_prospect(it, key[0], entry)
    )


def _gave_up_on_its_prospect(it: Evidence, workspace: str, entry: Entry) -> bool:
    """Whether that entry, or another of its prospect, lost so many answers that a person has to
    look: nothing of that prospect is created before."""
    return any(
        other.attempts >= MAX_UNKNOWN_OUTCOMES and other.lane == entry.lane
        for (of, _), other in it.entries.items()
        if of == workspace
    )


def _records_of(it: Evidence, name: str) -> int:
    """One record a person; somebody whom nothing identifies (or whose e-mail a colleague changed),
    one a prospect. And what a late request created again, that a person had deleted."""
    calls = [fed.call for fed in it.fed.values() if fed.name == name]
    moved = any(it.touched(record_id, "Email") for record_id in it.records_of(name))
    again = it.created_again_late(name)
    if any(text_at(call, "prospect", "first_name") for call in calls) and not moved:
        return 1 + again
    return again + len(
        {(str(call["workspace"]), text_at(call, "prospect", "id")) for call in calls}
    )


def _is_undone(it: Evidence, edit: Written, write: Written, name: str) -> bool:
    seen = edit.turn < write.seen and not is_blank(edit.after[name])
    still_there = write.before.get(name) == edit.after[name] != write.after[name]
    return seen and still_there and not (name == "Title" and it.run.scenario.overwrites_titles)
