"""`python -m tests.browser`: screenshots of every page in every state and look, in
`build/screenshots/`, for people; and what axe-core finds there."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.access import findings_in_looks
from tests.browser.chromium import launch_chromium
from tests.browser.console import Console
from tests.browser.looks import LOOKS, WIDE
from tests.browser.people import org
from tests.browser.poses import POSES
from tests.browser.shots import FOLDER, shoot
from tests.browser.states import STATES, pages_in, visit
from zsf_plugin.emulator import Emulator


def main() -> None:
    """Take the screenshots and print their folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser", description=__doc__)
    parser.add_argument(
        "states", nargs="*", metavar="STATE", help=f"some of {', '.join(STATES)}; without any, all"
    )
    with launch_chromium(desktop_fonts=True) as browser:
        for state in parser.parse_args().states or STATES:
            _take(browser, state)
    print(f"saved in {FOLDER}")


def _take(browser: Browser, state: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(org()) as emulator,
        Console(Path(folder), emulator) as console,
    ):
        STATES[state](console)
        width, height = WIDE
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
        for one in pages_in(state, console):
            visit(page, console, one)
            shoot(page, f"{state}-{one.endpoint.replace('.', '-')}", chosen=LOOKS)
            for words in findings_in_looks(page):
                print(f"{state}: {one.path}: {words}")
        for name, pose in POSES.items() if state == "full" else ():
            pose(page, console)
            shoot(page, f"pose-{name}", chosen=LOOKS)
        page.context.close()


if __name__ == "__main__":
    main()
