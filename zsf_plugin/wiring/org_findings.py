"""What in the rules in force does not fit a workspace's org any more: found when its describes are
fetched, and stored until they or the rules change. Makes no call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from zsf_plugin.errors import Log, ZsfError, place_of
from zsf_plugin.forking import fork_guard
from zsf_plugin.ports import Fact, describes_stamp
from zsf_plugin.rulebook import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zsf_plugin.model import Connection, Json, JsonObject, KnownFacts
    from zsf_plugin.ports import Clock, Store
    from zsf_plugin.rulebook import Rulebook

_log = Log("zsf_plugin.wiring")

#: The name of the stored findings, by workspace.
_stored_name = "findings:{}".format


class OrgFindings:
    """The findings of every workspace. Safe to use from several threads."""

    def __init__(self, store: Store, rulebook: Rulebook, clock: Clock) -> None:
        self._store = store
        self._rulebook = rulebook
        self._clock = clock
        self._unlogged: frozenset[str] = frozenset()

    def stored(self, connection: Connection) -> tuple[Finding, ...] | None:
        """Those that were found in the rules as they are, beside the describes as last read; None
        if nobody has looked since either changed. Raises StoreUnavailable."""
        body = self._body(connection)
        stamp = self._store.fact(connection.org_id, describes_stamp(connection.user_id))
        read_at = stamp.fetched_at if stamp is not None else 0.0
        is_newest = not read_at or read_at == body.get("read_at")  # at 0 they expired
        if not is_newest or body.get("rules") != self._rules(connection.workspace):
            return None
        return _findings_of(body)

    def look(self, connection: Connection, known: KnownFacts) -> tuple[Finding, ...]:
        """Find them in those facts, and store them if that is possible. Raises nothing."""
        return self._look(connection, known, is_refresh=False)

    def leave_unlogged(self, codes: Iterable[str]) -> None:
        """Log no findings of these codes in this process, which shows them otherwise."""
        self._unlogged = frozenset(codes)

    def look_after_refresh(self, connection: Connection, known: KnownFacts) -> None:
        """As `look`, and log what was not logged before."""
        self._look(connection, known, is_refresh=True)

    def _look(
        self, connection: Connection, known: KnownFacts, *, is_refresh: bool
    ) -> tuple[Finding, ...]:
        found: list[Finding] = []
        try:
            found += _find_unfit(self._rulebook, connection.workspace, known)
            logged = self._body(connection).get("logged")
            said = list(logged) if isinstance(logged, list) else []
            if is_refresh:
                said = self._log_new(connection.workspace, found, said)
            self._save(connection, known, found, said)
        except ZsfError as error:
            _log.warning("could not check the rules against the org: %s", error)
        except Exception as error:  # noqa: BLE001 - a defect here must end neither drain nor page
            kind, place = type(error).__name__, place_of(error)
            _log.error("defect while checking the rules against the org: %s at %s", kind, place)
        return tuple(found)

    def _log_new(self, workspace: str, found: list[Finding], said: list[Json]) -> list[Json]:
        """Log what was not said before; returns what has been said of what there is now."""
        logged = [one for one in found if one.code not in self._unlogged or str(one) in said]
        for finding in logged:
            if str(finding) not in said:
                _log.warning("the rules of workspace %s do not fit its org: %s", workspace, finding)
        return [str(finding) for finding in logged]

    def _save(
        self, connection: Connection, known: KnownFacts, found: list[Finding], said: list[Json]
    ) -> None:
        body: JsonObject = {
            "rules": self._rules(connection.workspace),
            "read_at": known.read_at,
            "findings": [cast("JsonObject", asdict(finding)) for finding in found],
            "logged": said,
        }
        name = _stored_name(connection.workspace)
        self._store.save_fact(connection.org_id, name, Fact(body, self._clock.now()))

    def _body(self, connection: Connection) -> JsonObject:
        fact = self._store.fact(connection.org_id, _stored_name(connection.workspace))
        return fact.body if fact is not None and isinstance(fact.body, dict) else {}

    def _rules(self, workspace: str) -> list[Json]:
        """The rules, and the names of their files."""
        in_force = self._rulebook.in_force(workspace)
        return [in_force.digest, *(rule.file for rule in in_force.rules if rule.layer != "shipped")]


def _find_unfit(rulebook: Rulebook, workspace: str, known: KnownFacts) -> list[Finding]:
    """What in the rules in force does not fit in those facts."""
    with fork_guard.inside():  # most processes have no need of it
        from zsf_plugin.rulebook.org_findings import org_findings

    in_force = rulebook.in_force(workspace)
    return org_findings(in_force.rules, in_force.files, known.facts, workspace)


def _findings_of(body: JsonObject) -> tuple[Finding, ...] | None:
    """The stored findings; None if another version stored them."""
    found = body.get("findings")
    try:
        return tuple(Finding(**one) for one in found) if isinstance(found, list) else None
    except TypeError:
        return None
