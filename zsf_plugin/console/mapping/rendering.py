"""Renders a page of the mapping, or a part of it, with what its templates use."""

from __future__ import annotations

from flask import render_template

from zsf_plugin.console import labels, request_context
from zsf_plugin.console.mapping.map_row import choices
from zsf_plugin.console.mapping.mapping_context import held_key
from zsf_plugin.console.mapping.page import MappingPage
from zsf_plugin.console.mapping.page_request import page_url
from zsf_plugin.console.mapping.task_preview import WORDS_OF_TASKS
from zsf_plugin.console.security import person_mark

#: Characters of the digest that keeps the drafts of two people in one browser tab apart.
_KEY_LENGTH = 16
_SHARED = {
    "overwrites": labels.OVERWRITES,
    "modes": labels.MODES,
    "choices": choices,
    "held_key": held_key,
    "page_url": page_url,
    **WORDS_OF_TASKS,
}


def draft_key() -> str:
    """The name by which a tab keeps the visitor's draft."""
    return person_mark(request_context.visitor())[:_KEY_LENGTH]


def render(template: str, made: MappingPage, **more: object) -> str:
    """Render the page, or a part of it, with that template."""
    return render_template(template, page=made, draft_key=draft_key(), **more, **_SHARED)


def render_page(made: MappingPage, announcement: str = "", *, is_saved: bool = False) -> str:
    """Render the whole page; screen readers read the `announcement`. `is_saved`: its draft was just
    saved."""
    template = "mapping/activities.html" if made.context.channel else "mapping/show.html"
    return render(template, made, announcement=announcement, is_saved=is_saved)
