"""One line of a file of events: the hook it calls, and what is wrong with a line that calls none."""

from __future__ import annotations

import pytest

from zsf_plugin.cli.feeding import HookCall, read_call


def test_a_line_is_the_hook_and_its_arguments() -> None:
    assert read_call('{"hook": "on_touchpoint_sent", "workspace": "w"}') == HookCall(
        "on_touchpoint_sent", {"workspace": "w"}
    )


@pytest.mark.parametrize("line", ["", "secret", "[1]", '"text"', "null", "[" * 100_000])
def test_input_that_is_no_object_is_refused_without_quoting_it(line: str) -> None:
    with pytest.raises(ValueError, match=r"^not a JSON object$"):
        read_call(line)


@pytest.mark.parametrize("hook", ["null", "5", '"on_search_results"', '"secret"', "[]"])
def test_a_hook_that_takes_no_events_is_refused_with_those_that_do(hook: str) -> None:
    with pytest.raises(ValueError, match="on_prospect_purchased") as refused:
        read_call(f'{{"hook": {hook}}}')
    assert "secret" not in str(refused.value)
