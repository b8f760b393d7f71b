"""How long a fleet may take for what it does, in real seconds. That depends on what hands out its
workspaces: an engine's times are measured by the database, so the clock of a test does not hurry
them, as it does those of a worker that looks for work itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What `ZSF_ENGINE` may name.
EngineName: TypeAlias = Literal["procrastinate"]
ENGINES: tuple[EngineName, ...] = ("procrastinate",)


@dataclass(frozen=True, slots=True)
class FleetLimits:
    """`idle_s`: a pass in which nothing was settled for so long is over. `takeover_s`: the others
    have done the work of a worker that was stopped. `host_s`: a host that has something to store
    stored one more. `stop_s`: a worker that is asked to has ended."""

    idle_s: float
    takeover_s: float
    host_s: float
    stop_s: float


#: Of workers that look for work themselves.
_WITHOUT_ENGINE = FleetLimits(idle_s=5.0, takeover_s=60.0, host_s=60.0, stop_s=40.0)


def limits_with(engine: EngineName | None) -> FleetLimits:
    """The limits of a fleet with that engine: longer by what only the engine waits for."""
    own = _WITHOUT_ENGINE
    if engine is None:
        return own
    from zsf_plugin.engines import procrastinate as engine_times
    from zsf_plugin.sync.sweeping import SWEEP_INTERVAL_S

    handed_out_again_s = engine_times.STALE_AFTER_S + SWEEP_INTERVAL_S
    return FleetLimits(
        idle_s=own.idle_s + handed_out_again_s,
        takeover_s=own.takeover_s + handed_out_again_s,
        host_s=own.host_s + 2 * engine_times.WakingConnection.answer_timeout_s,
        stop_s=own.stop_s + engine_times.WorkerConnection.answer_timeout_s,
    )
