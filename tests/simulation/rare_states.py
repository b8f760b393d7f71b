"""States that a long run must reach: each with what it means and how it is recognised, from what the
plugin did and stored, never from its texts. A state that no seed reaches proves nothing.

To add one, add a row to `RARE_STATES`; if it cannot be recognised yet, have the simulation note what
happens (`happenings`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.happenings import (
    Acted,
    CommitLost,
    Failed,
    Fetched,
    InsertRecognised,
    Marked,
    Received,
    Released,
    Settled,
    TimesForgotten,
    Took,
)
from tests.simulation.seen import (
    Seen,
    any_answer,
    company_of_another,
    connected_after_duplicate,
    counted,
    created_for_two,
    daily_limit_met_mid_drain,
    ended,
    followed_merge,
    found_again,
    goes_on_after,
    has_step,
    is_same_record_twice,
    known_connected,
    looked_up_after_refusal,
    makes_again,
    merged_mid_drain,
    narrowed,
    noted,
    recreated,
    sent_without_lookup,
    several_rounds,
    took_after_cut,
    waited_for_elsewhere,
)
from tests.simulation.simulation import Simulation
from zsf_plugin.errors import Halted, QuotaReached, Rejected, RowBusy, Unavailable
from zsf_plugin.model import DOES_NOT_FIT, OUTCOME_UNCLEAR, PERSON_MISSING, SEVERAL_MATCH
from zsf_plugin.sync.in_doubt import MAX_UNKNOWN_OUTCOMES


@dataclass(frozen=True, slots=True)
class RareState:
    """A state by name, what it means, and whether a run reached it."""

    name: str
    means: str
    is_reached: Callable[[Seen], bool]


# fmt: off
_LEASES = (
    RareState("takeover of a dead holder's lease", "a drain takes the lease of one that died with it", noted(Took, lambda it: it.from_holder and it.is_dead)),
    RareState("takeover of a stalled holder's lease", "a drain takes the lease of one that lives, and renewed it no more", noted(Took, lambda it: it.from_holder and not it.is_dead)),
    RareState("takeover mid-stage", "a lease is taken over while entries are being written", noted(Took, lambda it: it.from_holder and it.writing > 0)),
    RareState("settlement cut between two parts", "what ended a drain left one part of a settlement stored, and another not", noted(Settled, lambda it: 0 < it.stored < it.parts and it.error is not None)),
    RareState("takeover between two parts of a settlement", "the lease is taken over after such a cut", took_after_cut),
    RareState("lease lost while a call is out", "when the answer arrives, another has the lease", any_answer(lambda sent, write, outcome: sent.is_lease_lost)),
    RareState("late drain stopped before sending", "an old epoch may mark nothing, so nothing is sent", noted(Marked, lambda it: it.is_fenced)),
    RareState("late drain stopped at settling", "an old epoch may settle nothing", noted(Settled, lambda it: it.error == "Fenced" and not it.is_ours)),
    RareState("killed while a call is out", "", counted("killed while a call was out")),
    RareState("killed inside a transaction", "", counted("kill at statement")),
    RareState("killed while the login answers", "", counted("kill at login")),
    RareState("store failed inside a transaction", "", counted("fail at statement")),
)

_CLOCKS = (
    RareState("clock set back during a drain", "the holder of a lease sees its clock go back", noted(Acted, lambda it: it.what == "clock back" and it.during_drain)),
    RareState("clock set ahead while writes are in doubt", "the ten minutes of a late arrival must not be over by that", noted(Acted, lambda it: it.what == "clock ahead" and it.in_doubt > 0)),
    RareState("times ahead forgotten", "what a clock that was ahead has stored is put right", noted(TimesForgotten, lambda it: True)),
)

_HOOKS = (
    RareState("hook repeated after its insert", "the host was killed between insert and receipt, and calls again", noted(Received, lambda it: it.receipt["accepted"] and it.receipt["duplicate"])),
    RareState("hook refused since the store failed", "the receipt says so, and the host calls again", noted(Received, lambda it: not it.receipt["accepted"])),
    RareState("touchpoint skipped by its switch", "", noted(Received, lambda it: it.receipt["state"] == "skipped")),
)

_IN_DOUBT = (
    RareState("late commit seen", "the org finishes a request after it was given up", counted("late commit")),
    RareState("late commit of a dead process", "", counted("late commit of a dead process")),
    RareState("late commit refused", "the retry was first, so the org refuses the late request", lambda it: it.run.org.dropped > 0),
    RareState("request lost", "the org never saw it", counted("request lost")),
    RareState("answer lost", "the org did what was asked", counted("only the answer lost")),
    RareState("lookup after an unclear answer finds it", "the lost create had arrived, and is connected", ended(found_again)),
    RareState("lookup after an unclear answer finds nothing", "the lost create had not arrived, and is made again", ended(makes_again)),
    RareState("waits until a lost create cannot arrive", "nothing was found, and that does not count yet", ended(lambda it, entry: it.state == "writing" and it.not_before > 0 and not it.count_attempt)),
    RareState("held as unclear", "no lookup can settle a lost create", ended(lambda it, entry: (it.cause is not None and it.cause.code == OUTCOME_UNCLEAR and entry.attempts < MAX_UNKNOWN_OUTCOMES))),
    RareState("held after too many lost answers", "", ended(lambda it, entry: (it.cause is not None and it.cause.code == OUTCOME_UNCLEAR and entry.attempts >= MAX_UNKNOWN_OUTCOMES))),
    RareState("narrowed to one", "lost answers leave one entry of several in a batch", noted(Fetched, narrowed)),
    RareState("waits for another workspace's create", "a create that another workspace lost may be the same person", waited_for_elsewhere),
)

_ORG = (
    RareState("goes on after an outage", "a call is not served, and the same drain makes another that is", goes_on_after(Unavailable)),
    RareState("daily limit met mid-drain", "after entries have ended", daily_limit_met_mid_drain),
    RareState("concurrent limit met", "", noted(Failed, lambda it: isinstance(it.error, QuotaReached) and it.error.kind == "concurrent")),
    RareState("rows locked", "", any_answer(lambda sent, write, it: isinstance(it.error, RowBusy))),
    RareState("halted by another row", "a record was refused, and one that refers to it was not tried", any_answer(lambda sent, write, it: isinstance(it.error, Halted))),
    RareState("deleted mid-drain", "a record that was found is gone when it is written", any_answer(lambda sent, write, it: (isinstance(it.error, Rejected) and it.error.code in ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY") and not it.error.fields))),
    RareState("converted mid-drain", "a Lead that was found is converted when it is written", any_answer(lambda sent, write, it: (isinstance(it.error, Rejected) and it.error.code == "CANNOT_UPDATE_CONVERTED_LEAD" and not it.error.fields))),
    RareState("merged mid-drain", "a record is merged during a drain, and then refused", merged_mid_drain),
    RareState("merged record followed", "a link leads to the record that it was merged into", followed_merge),
    RareState("deleted record recreated", "someone is created again whose record a person deleted", recreated),
    RareState("owner inactive", "the owner was deactivated between lookup and create", any_answer(lambda sent, write, it: (isinstance(it.error, Rejected) and it.error.code == "INACTIVE_OWNER_OR_USER" and not it.error.fields))),
)

_DECISIONS = (
    RareState("known person connected", "a record that was there before is found by its match keys", known_connected),
    RareState("several match and hold", "", ended(lambda it, entry: it.cause is not None and it.cause.code == SEVERAL_MATCH)),
    RareState("several match and one is chosen", "", ended(lambda it, entry: has_step(it, "chosen"))),
    RareState("refused value left out", "a record is written without the value that Salesforce refused", ended(lambda it, entry: it.state == "done" and has_step(it, "left_out"))),
    RareState("duplicate refused and connected", "a create meets our id, and ends with the record that has it", connected_after_duplicate),
    RareState("held then released by the org", "a picklist got the value that held entries", noted(Released, lambda it: it.code == DOES_NOT_FIT)),
    RareState("held for a missing person", "", ended(lambda it, entry: it.cause is not None and it.cause.code == PERSON_MISSING)),
    RareState("released by a link", "a person's link releases their touchpoints", noted(Settled, lambda it: it.released > 0)),
    RareState("activity sent without a lookup", "it was never tried before", sent_without_lookup()),
    RareState("activity sent without a lookup and refused", "its person was deleted, merged or converted", sent_without_lookup(Rejected)),
    RareState("looked up again after a refusal", "", looked_up_after_refusal),
    RareState("several rounds in a batch", "entries of one batch overlap", several_rounds),
    RareState("company created for two", "two people of a batch share a new Account", created_for_two),
    RareState("company created by a twin", "a workspace finds the Account that another created", company_of_another),
    RareState("settled by a twin", "two entries that are settled together end with one record", noted(Settled, is_same_record_twice)),
    RareState("activity found as logged", "", ended(lambda it, entry: has_step(it, "already_logged"))),
)

_SIGN_INS = (
    RareState("refresh lost", "the login's answer does not arrive", counted("refresh lost")),
    RareState("grant lost", "a token that was rotated is presented again", counted("grant lost")),
    RareState("refresh raced", "the login is busy with the same token", counted("refresh raced")),
    RareState("signed in again", "after the workspace asked for it", counted("signed in again")),
)

_CHANGES = (
    RareState("rules changed mid-drain", "", noted(Acted, lambda it: it.what == "rules" and it.during_drain)),
    RareState("moved mid-drain", "", noted(Acted, lambda it: it.what == "move" and it.during_drain)),
    RareState("write left in doubt in another org", "", noted(Acted, lambda it: it.what == "move" and it.left > 0)),
    RareState("write taken up again in its org", "the workspace comes back to an org in which a write was in doubt", noted(Acted, lambda it: it.what == "move" and it.in_doubt > 0)),
)

# fmt: on

#: Those that every engine can reach.
RARE_STATES = (
    *_LEASES,
    *_CLOCKS,
    *_HOOKS,
    *_IN_DOUBT,
    *_ORG,
    *_DECISIONS,
    *_SIGN_INS,
    *_CHANGES,
)
# fmt: off
#: Those that only PostgreSQL can.
OF_POSTGRES = (
    RareState("commit lost", "it happened, and its process saw the connection break", noted(CommitLost, lambda it: True)),
    RareState("insert recognised", "an insert finds its own row, which a lost commit left", noted(InsertRecognised, lambda it: True)),
    RareState("settled without knowing", "what a drain believes to have failed is stored", noted(Settled, lambda it: it.error == "StoreUnavailable" and it.stored == it.parts)),
)
# fmt: on


def reached_by(run: Simulation) -> frozenset[str]:
    """The names of the states that a run reached."""
    seen = Seen(run)
    return frozenset(state.name for state in (*RARE_STATES, *OF_POSTGRES) if state.is_reached(seen))
