"""Templates never render a missing value as a blank."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import UndefinedError, nodes

import zsf_plugin
from zsf_plugin.console.activity.allocation_bar import Mark


@pytest.mark.parametrize(
    "template",
    [
        "{{ marc.words }}",
        "{{ mark.word }}",
        "{% if mark.word %}{% endif %}",
        "{% for word in mark.word %}{% endfor %}",
    ],
)
def test_a_misspelt_name_is_an_error(console: Flask, template: str) -> None:
    with pytest.raises(UndefinedError):
        console.jinja_env.from_string(template).render(
            mark=Mark(0.0, "0 %", "all pause", before=False)
        )


def test_every_inline_if_has_an_else(console: Flask) -> None:
    # Without an else, a false condition is an undefined value: an error on that page alone.
    for name, tree in _templates(console):
        for expression in tree.find_all(nodes.CondExpr):
            assert expression.expr2 is not None, f"{name}, line {expression.lineno}"


#: Attributes that are neither the product's nor a macro's.
_OTHERS = {"append", "blueprint", "index0", "n", "strip"}


def test_every_attribute_that_a_template_reads_exists(console: Flask) -> None:
    # A page behind a form, or in a rare state, may be rendered by no test.
    known = {*_class_attributes(), *_macros(console), *_OTHERS}
    for name, tree in _templates(console):
        for read in tree.find_all(nodes.Getattr):
            assert read.attr in known, f"{name}, line {read.lineno}: {read.attr}"


def _templates(console: Flask) -> Iterator[tuple[str, nodes.Template]]:
    environment = console.jinja_env
    assert environment.loader is not None
    for name in environment.list_templates():
        source, _, _ = environment.loader.get_source(environment, name)
        yield name, environment.parse(source)


def _macros(console: Flask) -> set[str]:
    return {macro.name for _, tree in _templates(console) for macro in tree.find_all(nodes.Macro)}


def _class_attributes() -> Iterator[str]:
    """The fields, properties and methods of every class in the product."""
    for path in Path(zsf_plugin.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield from map(_defined_name, node.body)


def _defined_name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return getattr(statement, "name", "")
