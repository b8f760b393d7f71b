"""Addresses of the published documentation, which pages and messages link to."""

from __future__ import annotations

from typing import Literal, get_args

BASE_URL = "https://zaplify.github.io/zsf-plugin/"

#: The pages that something links to.
Page = Literal["console", "rules", "errors", "troubleshooting", "provision"]
PAGES: tuple[Page, ...] = get_args(Page)


def page_url(page: Page) -> str:
    """The address of a page."""
    return f"{BASE_URL}{page}.html"
