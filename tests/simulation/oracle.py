"""The oracle: compares the final state of org and store with the events that were fed.

`evidence` reads the final state; each function here checks one promise and yields its violations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.evidence import Evidence, is_blank, keys_of
from tests.simulation.final_drains import MAX_DRAINS
from tests.simulation.org import OTHER_ORG_ID, US, WriteEvent
from tests.simulation.second_user import PERSON
from tests.simulation.simulation import Simulation
from zsf_plugin.decision.causes import DOES_NOT_FIT
from zsf_plugin.decision.refusals import NOT_ABOUT_A_VALUE
from zsf_plugin.model import OUTCOME_UNCLEAR, PERSON_MISSING, SEVERAL_MATCH, text_at
from zsf_plugin.ports import Entry
from zsf_plugin.sync.in_doubt import MAX_UNKNOWN_OUTCOMES


def find_violations(run: Simulation) -> list[str]:
    """All violations as sentences; empty if every promise holds."""
    if run.scheduler.failures:
        return run.scheduler.failures
    it = Evidence(run)
    found = [*run.lease_monitor.violations, *run.login.violations]
    promises = PROMISES if run.scenario.faults_end else PROMISES_WITHOUT_END
    for promise in (*promises, *PROMISES_OF_EACH_ORG):
        found += promise(it)
    if run.scenario.moves:
        elsewhere = Evidence(run, OTHER_ORG_ID)
        for promise in PROMISES_OF_EACH_ORG:
            found += (f"in the other org: {one}" for one in promise(elsewhere))
    return found


def accepted_events_are_stored(it: Evidence) -> Iterator[str]:
    """Each event with a receipt that accepts it has an entry."""
    for key, receipt in it.run.receipts.items():
        if key not in it.entries:
            yield f"lost: {key} was accepted as {receipt['entry']} and is not in the outbox"


def drains_are_few(it: Evidence) -> Iterator[str]:
    """Once nothing fails any more, every entry ends within a few drains."""
    for (stage, workspace), drains in it.run.drains_needed.items():
        if drains > MAX_DRAINS:
            yield f"endless: {MAX_DRAINS} drains of {workspace} did not end everything ({stage})"


def every_event_ends(it: Evidence) -> Iterator[str]:
    """Each accepted event is done, skipped by a switch, or held with a cause that still stands."""
    for key in it.run.receipts:
        entry = it.entries.get(key)
        if entry is None:
            continue  # `accepted_events_are_stored`
        if entry.state in ("pending", "writing"):
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


def duplicates_came_before(it: Evidence) -> Iterator[str]:
    """A receipt calls an event a duplicate only if the host has called before."""
    for key, receipt in it.run.receipts.items():
        if receipt["duplicate"] and it.run.calls[key] == 1:
            yield f"{key} came once, and is called a duplicate"


def done_entries_have_records(it: Evidence) -> Iterator[str]:
    """A done entry's record exists and is linked, unless the second user deleted it."""
    for (workspace, event_id), entry in it.entries.items():
        kind = "prospect" if entry.kind == "purchase" else "touchpoint"
        fed = it.fed[workspace, event_id]
        is_there = entry.state == "done" and entry.org_id == it.org.org_id
        for key in keys_of(fed) if is_there else ():
            link = it.links.get((workspace, key))
            if key[0] != kind or (link is None and it.person_is_gone(fed.name)):
                continue
            if link is None:
                yield f"lost: {event_id} is done, and {key} is linked to nothing"
            elif (
                link.record_id not in it.org.rows[link.object] and link.record_id not in it.removed
            ):
                yield f"lost: {event_id} is done, and its {link.object} {link.record_id} is not there"


def changed_causes_are_retried(it: Evidence) -> Iterator[str]:
    """Entries held for a missing picklist value are released by a drain once the value exists."""
    for entry in it.run.still_held:
        if entry.cause is not None and entry.cause.code == DOES_NOT_FIT:
            yield f"{entry.event.event_id} stayed held though what held it has changed: {entry.reason}"


def no_refused_value_holds(it: Evidence) -> Iterator[str]:
    """No entry stays held for a title that Salesforce refuses: no rule of the scenario holds it."""
    for entry in it.run.still_held:
        cause = entry.cause
        if cause is not None and cause.field == "Title" and cause.code not in NOT_ABOUT_A_VALUE:
            yield f"lost: {entry.event.event_id} was held for its title: {entry.reason}"


def who_is_bought_again_is_in_the_org(it: Evidence) -> Iterator[str]:
    """A purchase that comes again unchanged after an hour leaves its person in the org, whatever
    the second user deleted meanwhile."""
    for (workspace, event_id), receipt in it.run.bought_again.items():
        entry = it.run.store.entry(workspace, receipt["entry"])
        fed = it.fed[workspace, event_id]
        link = it.links.get((workspace, ("prospect", str(text_at(fed.call, "prospect", "id")))))
        if entry is None or entry.state in ("pending", "writing", "skipped"):
            yield f"lost: {event_id} came again and is {entry and entry.state}"
        elif entry.state == "done" and (link is None or not it.is_alive(link)):
            yield f"lost: {event_id} came again and is done, and its person is not in the org"


def no_duplicate_people(it: Evidence) -> Iterator[str]:
    """One record per person, and none of ours beside an existing one."""
    ours: dict[str, list[str]] = {}
    known: set[str] = set()
    for object_ in ("Lead", "Contact"):
        for record_id, row in it.org.rows[object_].items():
            if it.made_by(US, record_id) and not row.get("IsConverted"):
                ours.setdefault(str(row["LastName"]), []).append(f"{object_} {record_id}")
            elif (
                it.made_by("before", record_id)
                and not row.get("IsConverted")
                and not it.was_edited(record_id, "Email")
            ):
                known.add(str(row["LastName"]))
    for name, records in ours.items():
        if len(records) > _records_of(it, name):
            yield f"twice: {name} is {' and '.join(records)}"
        if name in known:
            yield f"twice: {name} was known, and we made {' and '.join(records)}"


def no_duplicate_companies(it: Evidence) -> Iterator[str]:
    """One Account per company."""
    rows = it.org.rows["Account"].items()
    made = Counter(str(row.get("Name")) for record_id, row in rows if it.made_by(US, record_id))
    yield from (
        f"twice: {count} Accounts are called {name}" for name, count in made.items() if count > 1
    )


def no_touchpoint_is_logged_twice(it: Evidence) -> Iterator[str]:
    """No more Tasks per person and step than were sent, and no two touchpoints in one Task."""
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


def links_are_correct(it: Evidence) -> Iterator[str]:
    """A prospect's link points at a record of its person, a touchpoint's at a Task of its person."""
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
    """A Contact that we created belongs to the Account of the company that the host sent."""
    for record_id, row in it.org.rows["Contact"].items():
        if it.made_by(US, record_id):
            account = it.org.rows["Account"].get(str(row.get("AccountId")))
            at = account.get("Name") if account is not None else None
            if at not in it.companies(str(row["LastName"])):
                yield f"{row['LastName']} is at {at}"


def nothing_is_blanked(it: Evidence) -> Iterator[str]:
    """We never overwrite a value with a blank."""
    for write in it.org.history:
        for name, value in write.after.items() if write.by == US else ():
            if is_blank(value) and not is_blank(write.before.get(name)):
                yield f"blanked: {write.object}.{name} of {write.id}"


def no_edit_is_undone(it: Evidence) -> Iterator[str]:
    """A value edited by the second user stays if we could have seen it, except titles with an
    `always` rule."""
    edits: dict[tuple[str, str], WriteEvent] = {}
    for write in it.org.history:
        if write.by == PERSON and write.action == "update":
            edits |= {(write.id, name): write for name in write.after}
        elif write.by == US and write.action == "update":
            for name in write.after:
                edit = edits.get((write.id, name))
                if edit is not None and _is_undone(it, edit, write, name):
                    yield f"undone: {write.object}.{name} of {write.id}, which a person had set"


def journal_is_accurate(it: Evidence) -> Iterator[str]:
    """The journal lists only writes that happened, and each creation once."""
    created: Counter[str] = Counter()
    for (workspace, event_id), entry in it.entries.items():
        for line in it.run.store.journal(workspace, entry.id):
            if line.org_id != it.org.org_id:
                continue
            created[line.record_id] += line.action == "create"
            if not any(write.by == US for write in it.writes(line.record_id)):
                yield f"the journal of {event_id} lists {line.record_id}, which we never wrote"
    yield from (
        f"the journal lists the creation of {record} {n} times"
        for record, n in created.items()
        if n > 1
    )


def calls_are_bounded(it: Evidence) -> Iterator[str]:
    """The number of calls is bounded by the work and the faults."""
    counts = it.run.trace.counts
    trouble = sum(counts[name] for name in _TROUBLE)
    moves = 14 * len(it.entries) * counts["move"]
    bound = 40 + 14 * len(it.entries) + 8 * it.run.passes + 8 * trouble + moves
    if it.run.network.calls > bound:
        yield f"{it.run.network.calls} API calls, where {bound} should do"


#: What is counted and may cost calls.
_TROUBLE = ("kill", "fail", "stall", "lost answer", "lost commit", "late commit")

PROMISES = (
    drains_are_few,
    accepted_events_are_stored,
    every_event_ends,
    duplicates_came_before,
    changed_causes_are_retried,
    no_refused_value_holds,
    who_is_bought_again_is_in_the_org,
    calls_are_bounded,
)
#: While faults go on, nothing needs to end.
PROMISES_WITHOUT_END = (accepted_events_are_stored, duplicates_came_before, calls_are_bounded)
PROMISES_OF_EACH_ORG = (
    done_entries_have_records,
    no_duplicate_people,
    no_duplicate_companies,
    no_touchpoint_is_logged_twice,
    links_are_correct,
    contacts_are_at_their_company,
    nothing_is_blanked,
    no_edit_is_undone,
    journal_is_accurate,
)


def _may_be_held(it: Evidence, key: tuple[str, str], entry: Entry) -> bool:
    """Whether its cause still applies: several matches, an in-doubt write, a missing person."""
    code = entry.cause.code if entry.cause is not None else None
    fed = it.fed[key]
    if code == PERSON_MISSING:
        link = it.links.get((key[0], ("prospect", str(text_at(fed.call, "prospect", "id")))))
        return link is None or not it.is_alive(link)
    if code == SEVERAL_MATCH:
        return it.is_ambiguous(fed.name)
    if (
        code == "DUPLICATE_VALUE"
    ):  # a converted Lead keeps our id although the second user deleted its Contact
        return it.person_is_gone(fed.name)
    return code == OUTCOME_UNCLEAR and (
        not it.run.scenario.external_id or _gave_up_on_its_prospect(it, key[0], entry)
    )


def _gave_up_on_its_prospect(it: Evidence, workspace: str, entry: Entry) -> bool:
    """Whether the entry, or another of its prospect, lost too many responses, so that a person has
    to decide before anything is created."""
    return any(
        other.attempts >= MAX_UNKNOWN_OUTCOMES and other.lane == entry.lane
        for (of, _), other in it.entries.items()
        if of == workspace
    )


def _records_of(it: Evidence, name: str) -> int:
    """The number of records a person may have: one; one per prospect for a person without match keys
    (or with an email changed by the second user); plus late re-creations of deleted records."""
    calls = [fed.call for fed in it.fed.values() if fed.name == name]
    moved = any(it.was_edited(record_id, "Email") for record_id in it.records_of(name))
    again = it.count_late_recreations(name)
    if any(text_at(call, "prospect", "first_name") for call in calls) and not moved:
        return 1 + again
    return again + len(
        {(str(call["workspace"]), text_at(call, "prospect", "id")) for call in calls}
    )


def _is_undone(it: Evidence, edit: WriteEvent, write: WriteEvent, name: str) -> bool:
    seen = edit.turn < write.seen and not is_blank(edit.after[name])
    still_there = write.before.get(name) == edit.after[name] != write.after[name]
    return seen and still_there and not (name == "Title" and it.run.scenario.overwrites_titles)
