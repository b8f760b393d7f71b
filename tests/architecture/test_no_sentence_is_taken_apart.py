"""Entry points read codes and data. Text rendered for people is shown, never parsed or compared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from zsf_plugin.model import Cause, Step

PACKAGE = Path(__file__).parents[2] / "zsf_plugin"
#: Where words for people are made: whatever there returns a text, `RichText` or `Words` is a renderer.
WORDED = ("messages", "console/presenters", "console/labels.py", "console/mapping/fitting.py")
#: What returns a key, an address, a name or a value from there, and no sentence.
PLAIN = {"key_of", "record_url", "field_setup_url", "path_read", "label_of", "count", "value_text", "format_value", "person_of", "company_of", "entry_seller", "seller_email"}  # fmt: skip
#: Renderers elsewhere, or that return more than one text.
RENDERERS_ELSEWHERE = {"end_reason", "skip_reason", "channel_words", "_words_of"}
#: What holds another's words, or an older version's: whose attribute, and which.
SENTENCES = {("cause", "detail"), ("connection", "reason"), ("error", "reason"), ("found", "detail"), ("pause", "reason"), ("paused", "detail"), ("words", "label"), ("words", "detail")}  # fmt: skip
#: What takes a text apart, or asks what is in it.
DISSECTORS = {
    "startswith",
    "endswith",
    "partition",
    "rpartition",
    "split",
    "rsplit",
    "removeprefix",
    "removesuffix",
    "find",
    "index",
    "replace",
    "count",
    "match",
    "fullmatch",
    "search",
    "findall",
}
#: The parts of what a renderer returns that are text.
TEXT_PARTS = {"label", "detail"}


def renderers() -> set[str]:
    """The names of all functions that render text for people."""
    found = set(RENDERERS_ELSEWHERE)
    for place in WORDED:
        folder = PACKAGE / place
        for path in [folder] if folder.is_file() else sorted(folder.glob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                is_worded = isinstance(node, ast.FunctionDef) and node.returns is not None
                if is_worded and ast.unparse(node.returns) in (
                    "str",
                    "str | None",
                    "RichText",
                    "Words",
                ):
                    found.add(node.name)
    return {name for name in found - PLAIN if not name.startswith("_")}


RENDERERS = renderers()
#: A text for people that a template looks into, or compares with another text.
LOOKED_INTO = re.compile(
    r"\.(?:detail|label|note|problem|reason|text|title|todo|why)\s*"
    r"(?:\[|[!=]=|\.(?:startswith|endswith|split|replace|find|count)\b)"
)
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if not {"emulator", "messages"} & set(path.parts)
)


def called(node: ast.AST) -> str:
    """The name of the function or method that a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def holds_a_sentence(node: ast.AST) -> bool:
    """Whether the node is `cause.detail`, `entry.cause.detail`, `connection.reason` or similar."""
    if not isinstance(node, ast.Attribute):
        return False
    owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
    return (owner, node.attr) in SENTENCES


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module or function, without those of nested functions."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield child
            yield from own_nodes(child)


def dissected(tree: ast.AST) -> list[int]:
    """The lines that parse a rendered text, or compare it with another text."""
    found: list[int] = []
    for scope in ast.walk(tree):
        if not isinstance(scope, (ast.FunctionDef, ast.ClassDef, ast.Module)):
            continue
        rendered = {
            name.id
            for node in own_nodes(scope)
            if isinstance(node, (ast.Assign, ast.NamedExpr, ast.AnnAssign))
            and node.value is not None
            and any(
                called(part) in RENDERERS or holds_a_sentence(part) for part in ast.walk(node.value)
            )
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if not isinstance(target, ast.Subscript)
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }

        def is_rendered(node: ast.AST, names: set[str] = rendered) -> bool:
            if isinstance(node, ast.BoolOp):
                return any(is_rendered(value) for value in node.values)
            if isinstance(node, ast.Attribute) and node.attr in TEXT_PARTS:
                return is_rendered(node.value) or holds_a_sentence(node)
            is_name = isinstance(node, ast.Name) and node.id in names
            return is_name or called(node) in RENDERERS or holds_a_sentence(node)

        for node in own_nodes(scope):
            if isinstance(node, ast.Call) and called(node) in DISSECTORS:
                looked_at = [*node.args, getattr(node.func, "value", node)]
                found += [node.lineno for one in looked_at if is_rendered(one)]
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                texts = [one for one in sides if not isinstance(one, ast.Constant) or one.value]
                if len(texts) == len(sides) and not isinstance(node.ops[0], (ast.Is, ast.IsNot)):
                    found += [node.lineno for one in sides if is_rendered(one)]
            if isinstance(node, ast.Subscript) and is_rendered(node.value):
                found.append(node.lineno)
    return sorted(set(found))


def test_no_rendered_text_is_parsed() -> None:
    lines = {
        str(path.relative_to(PACKAGE)): dissected(ast.parse(path.read_text(encoding="utf-8")))
        for path in MODULES
    }
    assert {path: found for path, found in lines.items() if found} == {}


TEMPLATES = sorted(PACKAGE.rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_template_parses_a_text(path: Path) -> None:
    assert LOOKED_INTO.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "template", ["{{ row.words.detail[0] == '“' }}", '{% if option.why == "Read-only" %}']
)
def test_a_template_that_parses_a_text_is_found(template: str) -> None:
    assert LOOKED_INTO.search(template)


@pytest.mark.parametrize(
    "code",
    [
        'if step_text(step).startswith("owned by"): pass',
        'text = cause_text(cause)\nwhy = text.partition(": ")[2]',
        'if "picklist" in cause_text(cause): pass',
        'def is_empty(step):\n    text = step_text(step)\n    return text == "nothing"',
        'if (why := misfit_text(data)) and "picklist" in why: pass',
        'names = re.findall("[A-Z]", cause_text(cause))',
        "first = step_text(step)[0]",
        'names = re.findall("[A-Z]", entry.cause.detail or "")',
        "said = entry.cause.detail if entry.cause else None\nnames = _ID.findall(said)",
        'head = connection.reason.partition(": ")[0]',
        'head, _, todo = error.reason.partition(": ")',
        'if availability_text(found).startswith("sign in"): pass',
        'path = row.words.detail.split(", else ")[0]',
        'path = words_for(rule).detail.split(", else ")[0]',
        'words = words_for(rule)\nif words.detail[0] == "“": pass',
        'if unfit(kind, field) == "Read-only in Salesforce": pass',
    ],
)
def test_taking_one_apart_is_found(code: str) -> None:
    assert dissected(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "say(step_text(step))",
        'if step.code == "owned": pass',
        "words = words_for(rule)\nif words.kind == field.type: say(words.label)",
        "text = reason_text(reason, cause)\nif text is not None: say(text)",
        'name = path.partition("/")[2]',
        'say("Salesforce said", entry.cause.detail or "-")',
        "reason = connection.reason\nif reason is not None: say(connection_text(reason))",
    ],
)
def test_showing_one_is_not(code: str) -> None:
    assert dissected(ast.parse(code)) == []


def test_steps_and_causes_have_no_words() -> None:
    assert [field.name for field in fields(Step)] == ["code", "object", "field", "data"]
    assert [field.name for field in fields(Cause)] == [
        "code",
        "object",
        "field",
        "data",
        "fingerprint",
        "detail",
    ]
