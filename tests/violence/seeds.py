"""One seed is one scene, drawn by chance and the same again for the same number."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

from tests.violence.backlog import Call, backlog, org
from tests.violence.judge import judge
from tests.violence.processes import EmulatorProcess, Forked
from tests.violence.scene import LONG_S, Scene, Start
from zsf_plugin.decision.causes import DEFECT
from zsf_plugin.emulator.faults.schedule import DEFAULT_KINDS

#: Memory, where there is any for files: what is proven is the end of processes, not of power.
PLACE = Path("/dev/shm")
#: What a seed meets more of than of the rest.
_FLAVOURS = (
    (),
    ("late_commit",) * 6,
    ("drop_after_commit", "truncated_json"),
    ("session_expired",) * 3,
    ("rotation_lost",),
)
_LABELS = ("answer", "send", "committed", "commit", "statement", "token-answer", "token-send")


@dataclass(frozen=True, slots=True)
class Case:
    """What happens in a seed's scene."""

    seed: int
    mode: str
    external_id: bool
    workspaces: int
    people: int
    drainers: int
    rounds: int
    share: float
    kinds: tuple[str, ...]
    speed: float
    leap: bool
    slow_heart: bool
    scattered: bool
    hurries: int
    shared: bool

    @classmethod
    def of(cls, seed: int) -> Case:
        """The case of that number. The four kinds of orgs take turns, so that each handful of seeds
        has them all."""
        chance = random.Random(f"case {seed}")
        drainers = chance.choice((1, 1, 2, 3))
        return cls(
            seed=seed,
            mode=("lead", "contact")[seed % 2],
            external_id=seed // 2 % 2 == 0,
            workspaces=chance.choice((1, 1, 1, 2)),
            people=chance.randint(20, 60) // drainers + 10,
            drainers=drainers,
            rounds=chance.randint(6, 10),
            share=chance.choice((0.2, 0.2, 0.3, 0.5)),
            kinds=(*DEFAULT_KINDS, *chance.choice(_FLAVOURS)),
            speed=chance.choice((10.0, 20.0)),
            leap=chance.random() < 0.8,
            slow_heart=drainers > 1 and chance.random() < 0.3,
            scattered=chance.random() < 0.3,
            hurries=chance.choice((0, 2, 4)) if drainers > 1 else 0,
            shared=chance.random() < 0.5,
        )


@dataclass(slots=True)
class Result:
    """What came of a seed, or of many."""

    seeds: int = 0
    kills: int = 0
    reconnected: int = 0
    lost: int = 0
    twice: int = 0
    blanked: int = 0
    killed_at: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[str]] = field(default_factory=dict)

    def as_json(self) -> str:
        """On one line, for another process."""
        return json.dumps({item.name: getattr(self, item.name) for item in fields(self)})

    @classmethod
    def of_json(cls, text: str) -> Result:
        """As `as_json` wrote it."""
        told = json.loads(text)
        counters = {name: Counter(told[name]) for name in ("killed_at", "faults", "entries")}
        return cls(
            **{
                **told,
                **counters,
                "failed": {int(seed): said for seed, said in told["failed"].items()},
            }
        )

    def add(self, other: Result) -> None:
        """Count another's in."""
        for name in ("seeds", "kills", "reconnected", "lost", "twice", "blanked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.killed_at += other.killed_at
        self.faults += other.faults
        self.entries += other.entries
        self.failed |= other.failed


class Orgs:
    """The two kinds of orgs, with `Zaplify_Id__c` and without, for one scene after another."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._running: dict[bool, EmulatorProcess] = {}

    def of(self, *, external_id: bool) -> EmulatorProcess:
        """A clean org."""
        if external_id not in self._running:
            made = EmulatorProcess(
                self._folder / f"org-{external_id}", org(external_id=external_id)
            )
            self._running[external_id] = self._stack.enter_context(made)
        self._running[external_id].clean()
        return self._running[external_id]

    def close(self) -> None:
        """End them."""
        self._stack.close()


def run(
    case: Case, orgs: Orgs, start: Start = Forked, say: Callable[[str], None] = lambda _: None
) -> Result:
    """Play a case and judge it."""
    with a_place() as folder:
        return _played(case, orgs, start, say, folder)


@contextmanager
def a_place() -> Iterator[Path]:
    """A folder for one scene, gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="zsf-violence-", dir=PLACE if PLACE.is_dir() else None
    ) as name:
        yield Path(name)


def _played(
    case: Case, orgs: Orgs, start: Start, say: Callable[[str], None], folder: Path
) -> Result:
    emulator = orgs.of(external_id=case.external_id)
    scene = Scene(
        folder,
        emulator,
        start,
        mode=case.mode,
        workspaces=case.workspaces,
        speed=case.speed,
        leap=case.leap,
    )
    try:
        _act(case, scene, say)
        return _result(case, scene)
    finally:
        scene.close()


def _act(case: Case, scene: Scene, say: Callable[[str], None]) -> None:
    chance = random.Random(f"acts {case.seed}")
    calls = backlog(case.seed, case.people, case.workspaces, shared=case.shared)
    chaos = {"seed": case.seed, "share": case.share, "kinds": list(case.kinds), "late_ms": 250}
    scene.emulator.tell("POST", "chaos", chaos)
    for number in range(case.rounds):
        scene.feed(
            calls[number :: case.rounds] if case.scattered else _slice(calls, number, case.rounds)
        )
        started = [scene.start_drain(*_options(case, chance)) for _ in range(case.drainers)]
        scene.hurry([process for process, _ in started], case.hurries)
        told = [scene.ended(*one) for one in started]
        say(f"round {number}: {told}")
        _count_lost_grants(scene)
        scene.reconnect_where_asked()
        scene.let_pass(chance.choice((1.0, 10.0, 60.0, 700.0, LONG_S)))
    scene.emulator.tell("DELETE", "chaos")
    scene.drain_until_empty()
    if scene.held():
        say(f"held: {[(entry.id, entry.cause and entry.cause.group) for entry in scene.held()]}")


def _options(case: Case, chance: random.Random) -> list[str]:
    label = chance.choice(_LABELS) if chance.random() < 0.4 else "any"
    at = (
        chance.randint(1, 3)
        if label.startswith("token")
        else chance.randint(1, 60 if label == "any" else 15)
    )
    options = [f"--kill-at={label}:{at}"] if chance.random() < 0.6 else []
    if chance.random() < 0.6:
        options += [f"--max={chance.randint(1, 8)}", "--passes=12"]
    return [*options, "--slow-heart"] if case.slow_heart else options


def _slice(calls: list[Call], number: int, rounds: int) -> list[Call]:
    size = -(-len(calls) // rounds)
    return calls[number * size : (number + 1) * size]


def _count_lost_grants(scene: Scene) -> None:
    """A rotation whose answer was lost may cost the grant, as a kill in the midst of one may."""
    met = scene.emulator.tell("GET", "faults")["met"].get("rotation_lost", 0)
    scene.grants_at_risk += met - scene.rotations_lost
    scene.rotations_lost = met


def _result(case: Case, scene: Scene) -> Result:
    held = scene.held()
    if held:
        scene.findings += [
            f"a defect: {entry.reason}"
            for entry in held
            if entry.cause and entry.cause.code == DEFECT
        ]
        scene.release()
        scene.drain_until_empty()
    verdict = judge(scene)
    counts = scene.counts().values()
    return Result(
        seeds=1,
        kills=sum(scene.kills.values()),
        reconnected=scene.reconnected,
        lost=verdict.lost,
        twice=verdict.twice,
        blanked=verdict.blanked,
        killed_at=scene.kills,
        faults=Counter(scene.emulator.tell("GET", "faults")["met"]),
        entries=Counter(
            {
                "done": sum(one.done for one in counts),
                "skipped": sum(one.skipped for one in counts),
                "held": sum(one.held for one in counts),
                "held on the way": len(held),
            }
        ),
        failed={case.seed: list(verdict.findings)} if verdict.findings else {},
    )
