"""Templates render no missing value as a blank."""

from __future__ import annotations

import pytest
from flask import Flask
from jinja2 import UndefinedError, nodes

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
    environment = console.jinja_env
    assert environment.loader is not None
    for name in environment.list_templates():
        source, _, _ = environment.loader.get_source(environment, name)
        for expression in environment.parse(source).find_all(nodes.CondExpr):
            assert expression.expr2 is not None, f"{name}, line {expression.lineno}"
