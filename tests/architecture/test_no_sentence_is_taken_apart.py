"""Faces look at codes and data. What was rendered for people is shown, and never looked into."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from zsf_plugin.model.cause import Cause
from zsf_plugin.model.changes import Step

PACKAGE = Path(__file__).parents[2] / "zsf_plugin"
#: What makes words of codes (`messages`), whatever a face calls its own rendering of them.
RENDERERS = {
    "step_text",
    "step_about_field",
    "cause_text",
    "cause_why",
    "cause_advice",
    "reason_text",
    "reason_of",
    "misfit_text",
    "filled",
    "availability_text",
    "connection_text",
    "connection_text_for_page",
    "connection_why",
    "channel_words",
    "held_briefly",
}
#: What holds another's words, or an older version's: whose attribute, and which.
SENTENCES = {("cause", "detail"), ("connection", "reason"), ("error", "reason"), ("found", "detail"), ("pause", "reason"), ("paused", "detail")}  # fmt: skip
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
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if not {"emulator", "messages"} & set(path.parts)
)


def called(node: ast.AST) -> str:
    """The name of the function or method that a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def holds_a_sentence(node: ast.AST) -> bool:
    """Whether that is `cause.detail`, `entry.cause.detail`, `connection.reason` and such."""
    if not isinstance(node, ast.Attribute):
        return False
    owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
    return (owner, node.attr) in SENTENCES


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module or function, those of the functions inside it left out."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield child
            yield from own_nodes(child)


def dissected(tree: ast.AST) -> list[int]:
    """The lines on which a rendered text is taken apart, or compared with another text."""
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
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }

        def is_rendered(node: ast.AST, names: set[str] = rendered) -> bool:
            if isinstance(node, ast.BoolOp):
                return any(is_rendered(value) for value in node.values)
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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_rendered_is_looked_into(path: Path) -> None:
    assert dissected(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code",
    [
        'if step_text(step).startswith("owned by"): pass',
        'text = cause_text(cause)\nwhy = text.partition(": ")[2]',
        'if "picklist" in cause_text(cause): pass',
        'def told(step):\n    text = step_text(step)\n    return text == "nothing"',
        'if (why := misfit_text(data)) and "picklist" in why: pass',
        'names = re.findall("[A-Z]", cause_text(cause))',
        "first = step_text(step)[0]",
        'names = re.findall("[A-Z]", entry.cause.detail or "")',
        "said = entry.cause.detail if entry.cause else None\nnames = _ID.findall(said)",
        'head = connection.reason.partition(": ")[0]',
        'head, _, todo = error.reason.partition(": ")',
        'if availability_text(found).startswith("sign in"): pass',
    ],
)
def test_taking_one_apart_is_found(code: str) -> None:
    assert dissected(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "say(step_text(step))",
        'if step.code == "owned": pass',
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
