"""The list: what an address asks for, and the page of entries that answers it. Reads; changes
nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from zsf_plugin.console.presenters.stories import Story, story_of
from zsf_plugin.console.presenters.waiting import waiting_of
from zsf_plugin.model import Kind, State
from zsf_plugin.ports import Counts, EntryFilter
from zsf_plugin.wiring.console import ConsoleApp

PAGE = 50
_DAY_S = 86_400.0
#: What `since` in an address stands for.
SINCE: Mapping[str, float] = {"day": _DAY_S, "week": 7 * _DAY_S, "month": 30 * _DAY_S}
#: What an address may ask for is no longer than this; a name is shorter.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for, as people chose it: empty texts choose nothing. `before` pages on
    from an entry."""

    words: str = ""
    state: str = ""
    kind: str = ""
    seller: str = ""
    since: str = ""
    before: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters for an address, less those that choose nothing and less the page."""
        names = ("words", "state", "kind", "seller", "since")
        return {name: value for name in names if (value := cast(str, getattr(self, name)))}

    def filter(self, now: float) -> EntryFilter:
        """The same for the store."""
        return EntryFilter(
            state=cast("State | None", self.state or None),
            kind=cast("Kind | None", self.kind or None),
            seller=self.seller or None,
            words=self.words or None,
            since=now - SINCE[self.since] if self.since else None,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list. `top` is the entry that newer ones are counted from; `total` all entries
    where unfiltered."""

    asked: Asked
    stories: tuple[Story, ...]
    older: str | None
    looked_back_to: float | None
    top: str
    counts: Counts

    @property
    def total(self) -> int:
        """All entries of the workspace."""
        counts = self.counts
        return counts.waiting + counts.held + counts.done + counts.skipped

    @property
    def changing(self) -> list[str]:
        """The shown entries that may still change, with their states: `e17.pending`."""
        return [
            f"{story.id}.{story.state}"
            for story in self.stories
            if story.state not in ("done", "skipped")
        ]


def asked_for(arguments: Mapping[str, str]) -> Asked:
    """What an address asks for; what it cannot mean is left out."""

    def one_of(name: str, known: object) -> str:
        value = arguments.get(name, "")
        return value if value in cast("tuple[str, ...]", known) else ""

    return Asked(
        words=" ".join(arguments.get("words", "").split())[:_LONGEST],
        state=one_of("state", get_args(State)),
        kind=one_of("kind", get_args(Kind)),
        seller=arguments.get("seller", "")[:_LONGEST],
        since=one_of("since", tuple(SINCE)),
        before=arguments.get("before", "")[:_LONGEST],
    )


def listing_of(
    app: ConsoleApp, workspace: str, asked: Asked, counts: Counts | None = None
) -> Listing:
    """The page that an address asks for; `counts` where they are known already. Raises
    StoreUnavailable."""
    store = app.store
    page = store.page(
        workspace, asked.filter(app.clock.now()), before=asked.before or None, limit=PAGE
    )
    waiting = waiting_of(app, workspace)
    return Listing(
        asked=asked,
        stories=tuple(story_of(entry, waiting) for entry in page.entries),
        older=page.older,
        looked_back_to=page.looked_back_to,
        top=page.entries[0].id if page.entries else "",
        counts=counts or store.counts(workspace),
    )


def newer_than(app: ConsoleApp, workspace: str, asked: Asked, top: str) -> int:
    """How many entries came after the one that the reader sees first."""
    wanted = asked.filter(app.clock.now())
    if top:
        return app.store.newer(workspace, wanted, top)
    return len(app.store.page(workspace, wanted, limit=1).entries)


def changed(app: ConsoleApp, workspace: str, shown: list[str]) -> list[Story]:
    """Of the shown entries (`e17.pending`), those whose state is another by now."""
    waiting = waiting_of(app, workspace)
    stories = []
    for known in shown[:PAGE]:
        entry_id, _, state = known.partition(".")
        entry = app.store.entry(workspace, entry_id)
        if entry is not None and entry.state != state:
            stories.append(story_of(entry, waiting))
    return stories
