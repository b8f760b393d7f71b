"""Screenshots for people to look at, in `build/screenshots/`. No test compares them."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.looks import looks

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"


def shoot(page: Page, name: str, *, whole: bool = True) -> list[Path]:
    """The page in each look, `NAME-1440-light.png` and so on; the whole page, or what a window shows of it."""
    return [snap(page, f"{name}-{look.name}", whole=whole) for look in looks(page)]


def snap(page: Page, name: str, *, whole: bool = True) -> Path:
    """The page as it stands."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, full_page=whole, animations="disabled", caret="hide")
    return path
