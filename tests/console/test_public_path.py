"""`public_url` decides under which path a request arrives, whatever stands before the console."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.console.public_path import with_public_path

PATHS = st.from_regex(r"(/[a-zé%20]{1,8}){0,3}/?", fullmatch=True)


def arrived(public_url: str | None, script_name: str, path: str) -> tuple[str, str]:
    """(SCRIPT_NAME, PATH_INFO) as the app gets them."""
    seen: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], _: object) -> list[bytes]:
        seen.append(environ)
        return []

    wrapped: Any = with_public_path(app, public_url)  # type: ignore[arg-type]
    wrapped({"SCRIPT_NAME": script_name, "PATH_INFO": path}, None)
    return seen[0]["SCRIPT_NAME"], seen[0]["PATH_INFO"]


@pytest.mark.parametrize(
    ("script_name", "path"),
    [
        ("/zsf", "/held"),  # mounted by a host
        ("", "/held"),  # a proxy removed the path
        ("", "/zsf/held"),  # a proxy passed it on
        ("/console", "/held"),  # a proxy removed a part, a host mounts below the rest
    ],
)
def test_it_arrives_under_the_public_path(script_name: str, path: str) -> None:
    for public_url in ("https://app.example/zsf", "https://app.example/zsf/"):
        assert arrived(public_url, script_name, path) == ("/zsf", "/held")


@pytest.mark.parametrize("public_url", [None, "https://app.example", "https://app.example/"])
def test_without_a_public_path_a_request_stays_as_it_is(public_url: str | None) -> None:
    assert arrived(public_url, "/zsf", "/zsf/held") == ("/zsf", "/zsf/held")


def test_a_path_that_only_begins_like_it_is_not_the_public_path() -> None:
    assert arrived("https://app.example/zsf", "", "/zsfx") == ("/zsf", "/zsfx")


def test_letters_outside_ascii_are_spelled_as_wsgi_does() -> None:
    script_name = "/verktøj".encode().decode("latin-1")
    assert arrived("https://app.example/verkt%C3%B8j", "", f"{script_name}/held") == (
        script_name,
        "/held",
    )


@given(path=PATHS)
def test_a_page_is_always_the_same_with_and_without_the_path(path: str) -> None:
    url = "https://app.example/zsf"
    assert arrived(url, "", f"/zsf{path}") == arrived(url, "/zsf", path)
