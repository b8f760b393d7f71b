"""The README's links and pictures also work on a package index page: they are absolute, and each
names a file, and a heading in it, that exists here."""

from __future__ import annotations

import re
import tomllib
from urllib.parse import urlsplit

import pytest

from tests.docs.test_documents import README, ROOT

REPOSITORY = "https://github.com/zaplify/zsf-plugin"
PICTURES = "https://raw.githubusercontent.com/zaplify/zsf-plugin/main/"
SITE = "https://zaplify.github.io/zsf-plugin/"
LINKS = sorted(set(re.findall(r"\]\(([^)]+)\)", README)))


def headings(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("link", LINKS)
def test_each_link_is_absolute_and_names_a_file_that_exists(link: str) -> None:
    target, _, anchor = link.partition("#")
    for start in (f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/", PICTURES):
        if target.startswith(start):
            path = ROOT / target.removeprefix(start)
            assert path.exists()
            assert not anchor or anchor in headings(path.read_text(encoding="utf-8"))
            return
    assert target.startswith(SITE)
    page = target.removeprefix(SITE) or "index.html"
    assert (ROOT / "docs" / page).with_suffix(".md").exists()


def test_pictures_are_served_as_pictures() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all(one.startswith(PICTURES) for one in pictures)


def test_the_projects_addresses_are_the_same_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for url in project["urls"].values():
        assert url.startswith((REPOSITORY, SITE))
        assert urlsplit(url).scheme == "https"
