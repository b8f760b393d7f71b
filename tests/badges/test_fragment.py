"""The badge as an HTML fragment: it fits any page, has a text alternative, and differs by shape
alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zsf_plugin.badges import COLOURS, MIN_SIZE_PX, Colour, fragment, picture, stylesheet, text

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("colour", COLOURS)
def test_the_badge_has_a_text_alternative(colour: Colour) -> None:
    made = ElementTree.fromstring(fragment(colour))
    assert (made.get("role"), made.get("aria-label"), made.findtext("title")) == (
        "img",
        text(colour),
        text(colour),
    )


@given(st.sampled_from(COLOURS), st.text(st.characters(exclude_categories=["C"]), min_size=1))
def test_any_label_is_a_label(colour: Colour, label: str) -> None:
    made = ElementTree.fromstring(fragment(colour, label))
    assert (made.get("aria-label"), made.findtext("title")) == (label, label)
    assert [one.tag for one in made.iter()] == [
        one.tag for one in ElementTree.fromstring(fragment(colour)).iter()
    ]


@pytest.mark.parametrize("colour", COLOURS)
def test_beside_a_text_that_says_the_same_it_has_no_alternative(colour: Colour) -> None:
    made = ElementTree.fromstring(fragment(colour, ""))
    assert (made.get("aria-hidden"), made.get("role"), made.find("title")) == ("true", None, None)


@pytest.mark.parametrize("size", [16, 20, 24])
def test_the_badge_has_the_requested_size(size: int) -> None:
    assert f'width="{size}" height="{size}"' in fragment("black", size=size)


def test_below_the_smallest_size_it_is_refused() -> None:
    with pytest.raises(ValueError, match="use 16 px or more"):
        fragment("black", size=MIN_SIZE_PX - 1)


@pytest.mark.parametrize("label", [None, "x"])
def test_another_colour_is_refused(label: str | None) -> None:
    with pytest.raises(ValueError, match="unknown badge colour 'green'"):
        fragment("green", label)  # type: ignore[arg-type]


@pytest.mark.parametrize("colour", COLOURS)
def test_it_fits_a_page_with_a_strict_policy_any_number_of_times(colour: Colour) -> None:
    assert re.findall(r"style|script|\bid=|href|url\(|\bon\w+=", fragment(colour)) == []


def test_no_two_have_the_same_shape() -> None:
    shapes = {
        tuple(
            one.tag + (one.get("d") or "") + (one.get("class") or "")
            for one in ElementTree.fromstring(fragment(colour)).iter()
        )
        for colour in COLOURS
    }
    assert len(shapes) == len(COLOURS)


def test_the_style_sheet_touches_nothing_but_badges() -> None:
    css = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", stylesheet(), flags=re.S)
    selectors = [
        one.strip() for block in re.findall(r"([^{}]+)\{", css) for one in block.split(",")
    ]
    assert selectors
    assert all(
        re.fullmatch(r"(\[data-theme(=\"\w+\")?\] )?\.zsf-badge[a-z-]*", one) for one in selectors
    ), selectors


def test_every_class_that_is_drawn_has_its_colours() -> None:
    drawn = {
        name
        for colour in COLOURS
        for names in re.findall(r'class="([^"]+)"', fragment(colour))
        for name in names.split()
    }
    unstyled = drawn - set(re.findall(r"\.(zsf-badge[a-z-]*)", stylesheet()))
    assert unstyled == {f"zsf-badge-{colour}" for colour in COLOURS}, (
        "these are for hosts to hold on to"
    )


@pytest.mark.parametrize("colour", COLOURS)
def test_the_picture_is_the_same_drawing(colour: Colour) -> None:
    drawn = [
        one.get("d") for one in ElementTree.fromstring(fragment(colour)).iter() if one.get("d")
    ]
    pictured = [one.get("d") for one in ElementTree.fromstring(picture(colour)).iter(f"{SVG}path")]
    assert drawn == pictured
