"""What in the rules in force does not fit a workspace's org any more: found when its describes are
fetched, and stored until they or the rules change. Makes no call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.forking import fork_guard
from zsf_plugin.ports import Fact
from zsf_plugin.rulebook import Finding

if TYPE_CHECKING:
    from zsf_plugin.model import Connection, JsonObject, KnownFacts
    from zsf_plugin.ports import Clock, Store
    from zsf_plugin.rulebook import Rulebook

_log = Log("zsf_plugin.wiring")

#: What a log has of one refresh.
MAX_LOGGED = 20
#: The name of the stored findings, by workspace.
_stored_name = "findings:{}".format


class OrgFindings:
    """The findings of every workspace. Safe to use from several threads."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock

    def stored(self, connection: Connection) -> tuple[Finding, ...] | None:
        """Those that were found in the rules as they are; None if the rules have changed since, or
        nobody has looked."""
        fact = self._store.fact(connection.org_id, _stored_name(connection.workspace))
        body = fact.body if fact is not None else None
        if not isinstance(body, dict):
            return None
        if body.get("rules") != self._rulebook.digest(connection.workspace):
            return None
        return _findings_of(body)

    def look(self, connection: Connection, known: KnownFacts) -> tuple[Finding, ...]:
        """Find them in those facts, and store them. Raises StoreUnavailable."""
        with fork_guard.inside():  # most processes have no need of it
            from zsf_plugin.rulebook.org_findings import org_findings

        workspace = connection.workspace
        in_force = self._rulebook.in_force(workspace)
        merged = in_force.rules_for({"workspace": workspace})
        found = org_findings(in_force.rules, merged, in_force.files, known.facts)
        body: JsonObject = {
            "rules": in_force.digest,
            "findings": [cast("JsonObject", asdict(finding)) for finding in found],
        }
        name = _stored_name(workspace)
        self._store.save_fact(connection.org_id, name, Fact(body, self._clock.now()))
        return tuple(found)

    def look_after_refresh(self, connection: Connection, known: KnownFacts) -> None:
        """As `look`, and log what was not found before. Raises nothing: a drain goes on."""
        try:
            name = _stored_name(connection.workspace)
            before = self._store.fact(connection.org_id, name)
            known_before = _findings_of(before.body) if before is not None else ()
            found = self.look(connection, known)
        except ZsfError as error:
            _log.warning("could not check the rules against the org: %s", error)
        except Exception as error:  # noqa: BLE001 - a defect here must not end the drain
            kind, place = type(error).__name__, place_of(error)
            _log.error("defect while checking the rules against the org: %s at %s", kind, place)
        else:
            fresh = [finding for finding in found if finding not in known_before]
            for finding in fresh[:MAX_LOGGED]:
                words = "the rules of workspace %s do not fit its org: %s"
                _log.warning(words, connection.workspace, finding)


def _findings_of(body: object) -> tuple[Finding, ...]:
    """The stored findings; none if another version stored them."""
    found = body.get("findings") if isinstance(body, dict) else None
    try:
        return tuple(Finding(**one) for one in found or ())
    except TypeError:
        return ()
