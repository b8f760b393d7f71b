"""The project is written in the field's words: private and translated ones are listed here, each
with the word to use instead.

Names are read by their parts (`snake_case`, `CamelCase`); the name of a test is a sentence. Texts
are docstrings, comments, strings, pages, templates, scripts and rule files. Code in backticks and
quoted keys (`"resting"`) are left out: hosts, scripts or the store rely on them.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
TREES = {
    "zsf_plugin": {".py", ".html", ".js"},
    "tests": {".py"},
    "benchmarks": {".py"},
    "docs": {".md", ".svg", ".py"},
    "rules": {".toml"},
    "schemas": {".json"},
    ".github": {".yml", ".md"},
}
#: A changelog keeps what it said; this file lists the words.
LEFT_OUT = {"CHANGELOG.md", "test_plain_words.py"}
NOT_OURS = {"vendor", "node_modules"}


class Word(NamedTuple):
    """A pattern of words, what to use instead, and where it is looked for. `constants` are names in
    capitals; `functions` are names of functions as a whole."""

    pattern: str
    instead: str
    where: Literal["both", "names", "text", "constants", "functions"] = "both"


WORDS = (
    # In names and in text.
    Word("told", "reported, rendered, shown"),
    Word(r"tells|tell(?!\s(?:the|us|your|an?)\b)", "reports, shows; “tell the admin” is fine"),
    Word("telling", "reporting, rendering"),
    Word("anew", "again"),
    Word("somebody", "someone, a person, the admin"),
    Word("doubts", "in-doubt writes"),
    Word("resting|rests|rested", "paused, throttled, previewing"),
    Word("kin|kinship", "overlap group"),
    Word(r"judges?|judged|judging(?!\sby\b)", "check, oracle, decide"),
    Word("verdicts?", "outcome, result"),
    Word("fate", "outcome"),
    Word("mishaps?", "fault"),
    Word("doomed", "failing"),
    Word("befalls?|befell|befallen", "happens to; in names: inject"),
    Word("nursery", "worker pool"),
    Word("colleague", "second user, coworker"),
    Word("desk|parcels?|shelf|shelves", "DrainContext, WriteRequest, WorkspaceRules"),
    Word("grounds", "hold inputs"),
    Word("crowded", "fails in bulk"),
    Word("misread", "has reference syntax"),
    Word("shaken", "invalidated"),
    Word("guessed", "matched by key; checked"),
    Word("doors?", "boundary, entry point, the module that builds it"),
    # In text.
    Word("stand-in", "emulator", "text"),
    Word(r"(?<!the\s)(?<!at\s)(?-i:rest)(?!\sof)", "pause; “the rest” is fine", "text"),
    Word("the house|rooms|room signs?", "package, module", "text"),
    Word("in vain", "without a match", "text"),
    Word("word for word", "identical, unchanged", "text"),
    Word(r"so many(?!(?:\s\S+){1,6}\sthat\b)", "the number of; “so many … that” is fine", "text"),
    Word("of old", "from an earlier version", "text"),
    Word("hitherto|thereof|whereof|wherein|therein", "until now, its, in which", "text"),
    Word("till", "until", "text"),
    Word("whose wishes", "what changes, who asks", "text"),
    Word("no longer may|may no longer", "can no longer", "text"),
    Word(r"keeps? \w+ true", "keeps it up to date", "text"),
    Word("agreed upon|what was agreed", "valid, expected", "text"),
    Word("unlocked is", "each unlocked prospect is", "text"),
    Word("for want of", "without, because there is no", "text"),
    Word("such as are", "those that are", "text"),
    Word("is to be|are to be", "must be, will be", "text"),
    Word("stands? in for", "is a fallback for", "text"),
    Word("way of an event", "event lifecycle", "text"),
    # In names.
    Word("unclear", "in doubt", "names"),
    Word("(?-i:rest)", "pause", "names"),
    Word("most|longest|deepest|largest|biggest", "MAX_…, with the unit last", "constants"),
    Word("few|fewest|least|shortest|smallest", "MIN_…, with the unit last", "constants"),
    Word("soon|later", "RETRY_DELAY_S, RETRY_DELAYS_S", "constants"),
    Word(
        "told|asked|answered|kept|made|met|looked|plus|beat|give back",
        "a verb in the imperative for an effect, a noun for a value",
        "functions",
    ),
)
#: Names that hosts, scripts or the store rely on.
NAMES_THAT_STAY = {
    "resting",  # a key of `zsf status --json`
    "rest",  # what is left over; Salesforce's REST resources
    "OUTCOME_UNCLEAR",  # a stored code
    "outcome_unclear",  # builds the cause with that code
}


class Name(NamedTuple):
    """A name where it is defined."""

    line: int
    text: str
    is_function: bool = False


class Text(NamedTuple):
    """A text, and the line it begins on."""

    line: int
    text: str


class Use(NamedTuple):
    """A listed word in a file."""

    word: Word
    place: str
    text: str


def files() -> list[Path]:
    inside = [
        path
        for tree, suffixes in TREES.items()
        for path in (ROOT / tree).rglob("*")
        if path.suffix in suffixes and not NOT_OURS & {*path.parts}
    ]
    return sorted(
        path
        for path in [*inside, *ROOT.glob("*.md"), *ROOT.glob("*.py")]
        if path.name not in LEFT_OUT
    )


def parts_of(name: str) -> str:
    """The words of a name: `PausedOrg` and `paused_org` have the same ones, but for case."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def names_in(nodes: Iterable[ast.AST]) -> Iterator[Name]:
    """Every name that a module defines: classes, functions, parameters, variables, attributes."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            yield Name(node.lineno, node.name, is_function=True)
        elif isinstance(node, ast.ClassDef):
            yield Name(node.lineno, node.name)
        elif isinstance(node, ast.arg):
            yield Name(node.lineno, node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Name(node.lineno, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield Name(node.lineno, node.attr)
        elif isinstance(node, ast.alias) and node.asname:
            yield Name(node.lineno, node.asname)


def strings_in(nodes: Iterable[ast.AST]) -> Iterator[Text]:
    """Every string that is more than a key or code."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if not re.fullmatch(r"[a-z0-9_./:-]*", text):
                yield Text(node.lineno, text)


def comments_in(source: str) -> Iterator[Text]:
    """Every comment; one over several lines is one text."""
    lines: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if lines and token.start[0] != last + 1:
                yield Text(last - len(lines) + 1, "\n".join(lines))
                lines = []
            lines.append(token.string.lstrip("#: "))
            last = token.start[0]
    if lines:
        yield Text(last - len(lines) + 1, "\n".join(lines))


def without_code(text: str) -> str:
    """The text with code spans and quoted keys blank, its line breaks kept."""
    code = re.compile(r"```|`[^`\n]+(?:\n[^`\n]+)?`|\"[a-z_]+\"")
    return code.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def read(path: Path) -> tuple[list[Name], list[Text]]:
    """The names and the texts of a file. The name of a test is a text."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [], [Text(1, without_code(source))]
    nodes = [*ast.walk(ast.parse(source))]
    names, sentences = [], []
    for name in [Name(1, path.stem), *names_in(nodes)]:
        if name.text.startswith("test_"):
            sentences.append(Text(name.line, name.text.replace("_", " ")))
        else:
            names.append(name)
    texts = [*strings_in(nodes), *comments_in(source)]
    return names, sentences + [Text(line, without_code(text)) for line, text in texts]


@cache
def pattern(*kinds: str) -> re.Pattern[str]:
    """One pattern for all words of these kinds. A group's name ends with the word's index; a phrase
    may be broken over lines."""
    groups = [
        f"(?P<word_{index}>{word.pattern})".replace(" ", r"\s+")
        for index, word in enumerate(WORDS)
        if word.where in kinds
    ]
    return re.compile(rf"\b(?:{'|'.join(groups) or '(?!)'})\b", re.IGNORECASE)


def word_of(match: re.Match[str]) -> Word:
    return WORDS[int((match.lastgroup or "").removeprefix("word_"))]


@cache
def words_in_name(text: str, is_function: bool) -> list[Word]:
    if text.strip("_") in NAMES_THAT_STAY:
        return []
    kinds = ("names", "both", "constants") if text.isupper() else ("names", "both")
    parts = parts_of(text)
    found = [word_of(match) for match in pattern(*kinds).finditer(parts)]
    whole = pattern("functions").fullmatch(parts) if is_function else None
    return [*found, word_of(whole)] if whole else found


def uses() -> Iterator[Use]:
    """Every listed word in the project."""
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        names, texts = read(path)
        for name in names:
            for word in words_in_name(name.text, name.is_function):
                yield Use(word, f"{place}:{name.line}", name.text)
        for line, text in texts:
            for match in pattern("text", "both").finditer(text):
                at = line + text.count("\n", 0, match.start())
                around = text[max(0, match.start() - 30) : match.end() + 30]
                yield Use(word_of(match), f"{place}:{at}", " ".join(around.split()))


def test_the_project_is_written_in_the_fields_words() -> None:
    found = [f"{place}: {text!r}: use {word.instead}" for word, place, text in uses()]
    assert found == []


@pytest.mark.parametrize(
    "name", ["OverlapGroup", "_OVERLAP_GROUP", "overlap_group", "overlapGroup"]
)
def test_a_name_is_read_by_its_parts(name: str) -> None:
    assert parts_of(name).lower() == "overlap group"


def test_code_and_keys_in_a_text_are_left_out() -> None:
    assert without_code('a `b c` "d" e\nf').split() == ["a", "e", "f"]


def test_a_comment_over_several_lines_is_one_text() -> None:
    source = "x = 1  # a\n# b\n\n# c\n"
    assert [*comments_in(source)] == [Text(1, "a\nb"), Text(4, "c")]
