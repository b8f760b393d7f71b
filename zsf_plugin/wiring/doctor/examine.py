"""All checks of a workspace, in order. One that another makes impossible is skipped, and says
why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zsf_plugin.messages.doctor import CHECKED
from zsf_plugin.wiring.doctor import machine, work
from zsf_plugin.wiring.doctor.found import Check, Examination, Outcome, checked, skipped
from zsf_plugin.wiring.doctor.org import OrgChecks
from zsf_plugin.wiring.doctor.org_reading import OrgReading, read_org
from zsf_plugin.wiring.rule_checks import check_in_force

if TYPE_CHECKING:
    from zsf_plugin.model import Connection
    from zsf_plugin.wiring.apps import ConsoleApp

#: What needs an answer of Salesforce.
_OF_ORG = ("sign_in", "rights", "id_field", "mapping", "task_status", "clock")


def examine(app: ConsoleApp, workspace: str) -> Examination:
    """Check the workspace. Raises StoreUnavailable if the database is lost meanwhile."""
    run = _Examiner(app, workspace)
    if run.check_machine():
        run.check_connection()
        run.check_work()
    why = "no_database" if "database" in run.checks else "no_key"
    every = [run.checks.get(name) or skipped(name, why) for name in CHECKED]
    return Examination(workspace, tuple(every), run.calls)


@dataclass(slots=True)
class _Examiner:
    """The checks made so far, by name, and the API calls that they took."""

    app: ConsoleApp
    workspace: str
    checks: dict[str, Check] = field(default_factory=dict)
    calls: int = 0

    def check_machine(self) -> bool:
        """Check this machine; returns whether the database can be used."""
        app = self.app
        self._note("folders", machine.folders(app))
        self._note("network", machine.network(app))
        without_key = machine.unusable_key(app)
        if without_key is not None:
            self._note("secret_key", without_key)
            return False
        self._note("database", machine.database(app))
        if self._has("database", "DATABASE_UNUSABLE"):
            return False
        self._note("secret_key", machine.secret_key(app, self.workspace))
        return True

    def check_connection(self) -> None:
        """Check the connection, and the org if it can be called."""
        store = self.app.store
        connection = store.connection(self.workspace)
        self._note("connection", work.connection(connection, store.renewal(self.workspace)))
        why_not = self._why_not_read(connection)
        if connection is None or why_not:
            self._skip(_OF_ORG, why_not)
        else:
            self._check_org(connection)

    def check_work(self) -> None:
        """Check what is stored, after the org was read."""
        app, workspace = self.app, self.workspace
        status, now = app.status(workspace), app.clock.now()
        every = {one.workspace: one.waiting_since for one in app.store.overviews(now)}
        since = every.get(workspace)
        self._note("rules", work.rules(check_in_force(app, workspace)))
        self._note("api_calls", work.api_calls(status))
        self._note("entries", work.entries(status, since))
        self._note("sync", work.sync(status, since, now))

    def _why_not_read(self, connection: Connection | None) -> str:
        """Why the org cannot be read, or is not; "" if it can be."""
        if connection is None or connection.state == "reconnect":
            return "no_sign_in"
        if self._has("secret_key", "TOKENS_UNREADABLE"):
            return "no_key"
        if self.checks["network"].findings:
            return "no_network"
        is_used_up = self.app.availability.check(connection).code == "quota"
        return "no_calls" if is_used_up else ""

    def _check_org(self, connection: Connection) -> None:
        read = read_org(self.app, connection)
        if not isinstance(read, OrgReading):
            self._note("sign_in", Outcome([read]))
            self._skip(_OF_ORG[1:], "no_answer")
            return
        self.calls = read.inspection.calls
        scope = {"workspace": self.workspace}
        in_force = self.app.rulebook.in_force(self.workspace)
        checks = OrgChecks(read, in_force.rules_for(scope), in_force.rules)
        self._note("sign_in", Outcome())
        self._note("rights", checks.rights())
        self._note("id_field", checks.id_field())
        self._note("mapping", checks.mapping())
        self._note("task_status", checks.task_status())
        self._note("clock", checks.clock())

    def _note(self, name: str, outcome: Outcome) -> None:
        self.checks[name] = checked(name, outcome)

    def _skip(self, names: tuple[str, ...], why: str) -> None:
        self.checks |= {name: skipped(name, why) for name in names}

    def _has(self, name: str, code: str) -> bool:
        """Whether that check found that."""
        return any(found.code == code for found in self.checks[name].findings)
