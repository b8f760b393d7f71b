"""The documentation site builds without a warning: every link, anchor and reference leads somewhere,
every page is in the navigation, and the generated references are complete."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_documents import ROOT, commands
from zsf_plugin import api, hookspecs
from zsf_plugin.documentation import BASE_URL, PAGES, Page, page_url

pytest.importorskip("sphinx", reason="needs the extra `docs`, which is part of `test`")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. `-n` reports references to nothing, `-W` makes each warning an error."""
    folder = tmp_path_factory.mktemp("site")
    build = ["-W", "--keep-going", "-n", "-q", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *build, str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_each_page_is_built(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in site.glob("*.html")}


def test_the_command_line_reference_has_every_command(site: Path) -> None:
    page = (site / "cli.html").read_text(encoding="utf-8")
    assert [name for name in commands() if f'id="zsf-{name}' not in page] == []
    assert "--login-url URL" in page


def test_the_api_reference_has_every_public_name_and_every_hook(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")
    hooks = [name for name in vars(hookspecs) if name.startswith("on_")]
    named = [f"api.{name}" for name in api.__all__] + [f"hookspecs.{name}" for name in hooks]
    assert [name for name in named if f'id="zsf_plugin.{name}"' not in page] == []


def test_links_to_files_outside_the_pages_lead_to_the_repository(site: Path) -> None:
    page = (site / "hooks.html").read_text(encoding="utf-8")
    assert 'href="https://github.com/zaplify/zsf-plugin/tree/main/schemas"' in page


def test_examples_in_docstrings_are_shown_as_code(site: Path) -> None:
    page = (site / "api.html").read_text(encoding="utf-8")
    assert "<blockquote>" not in page
    assert page.count('class="highlight-python') >= 3


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_the_product_links_to_are_on_the_site(site: Path, name: Page) -> None:
    assert (site / page_url(name).removeprefix(BASE_URL)).exists()
