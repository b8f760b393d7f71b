"""After the last fault: drains alone, until nothing is due. They must be few (`MAX_DRAINS`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.simulation.process_state import ProcessState
from zsf_plugin.model import OUTCOME_UNCLEAR
from zsf_plugin.model.link import MAX_UNCHECKED_S
from zsf_plugin.ports import Entry
from zsf_plugin.sync.drain import DrainLimits

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

#: Once nothing fails any more and no late request is under way, a workspace needs at most this many
#: drains to end every entry that nobody has to mend: one, and another if that one learns that someone
#: has to sign in again.
MAX_DRAINS = 2
#: Appended to the id of an event that is fed again after the run.
AGAIN = "-later"


class FinalDrains:
    """The drains of each stage: the last ones, those after what needs a person was mended, those
    after held entries were released, and those after an hour and more purchases."""

    def __init__(self, run: Simulation) -> None:
        self._run = run

    def run(self) -> None:
        """Run them, and store in the run what the oracle asks for."""
        run = self._run
        self._run_alone("last", self._drain_all)
        if self._held():
            for org in run.orgs.values():
                org.add_segment_value()
            self._run_alone("mended", self._drain_all)
        run.still_held = self._held()
        if run.still_held:
            run.org.refusing = False
            for it in run.still_held:
                if (
                    it.cause is not None and it.cause.code != OUTCOME_UNCLEAR
                ):  # a person would have to check these first
                    run.store.release(it.event.workspace, entry_ids=[it.id])
            self._run_alone("released", self._drain_all)
        self._run_alone("later", self._buy_again)

    def _buy_again(self, me: ProcessState) -> None:
        """An hour later the host sends each purchase that is done once more, and it is drained."""
        run = self._run
        run.scheduler.sleep(MAX_UNCHECKED_S)
        for fed in run.scenario.fed:
            workspace, event_id = fed.key
            entry = run.store.entry(workspace, run.receipts[fed.key]["entry"])
            if fed.hook == "on_prospect_purchased" and entry is not None and entry.state == "done":
                call = {**fed.call, "event_id": f"{event_id}{AGAIN}"}
                run.bought_again[fed.key] = me.intake.receive(fed.hook, call)
        self._drain_all(me)

    def _held(self) -> list[Entry]:
        run = self._run
        return [
            it
            for of in run.scenario.workspaces
            for it in run.store.entries(of, state="held", limit=500)
        ]

    def _run_alone(self, name: str, work: Callable[[ProcessState], None]) -> None:
        run = self._run
        process = run.scheduler.spawn(
            name, "one" if run.scenario.one_machine else name, lambda: None, 4000.0
        )
        process.work = lambda: work(ProcessState(run, process))
        run.scheduler.run()

    def _drain_all(self, me: ProcessState) -> None:
        for workspace in self._run.scenario.workspaces:
            self._run.drains_needed[me.process.name, workspace] = self._drain(me, workspace)

    def _drain(self, me: ProcessState, workspace: str) -> int:
        """Drain until nothing is due, and whoever has to sign in does so; the number of drains."""
        run = self._run
        for drains in range(1, MAX_DRAINS + 1):
            if not run.is_connected(workspace):
                run.sign_in(workspace)
            wait = run.wait_s(workspace, run.drain_once(me, workspace, DrainLimits()))
            if wait is None and run.is_connected(workspace):
                return drains
            run.scheduler.sleep(max(wait or 0.0, 0.05))
        return MAX_DRAINS + 1
