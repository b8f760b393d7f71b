"""The allocation on a terminal: a bar of what is used, with a mark at each purpose's share."""

from __future__ import annotations

from pathlib import Path

from zsf_plugin.cli.output import in_part
from zsf_plugin.cli.status import BAR_WIDTH, bar, narrow_bar
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.status import missing_config


def test_the_bar_is_filled_by_the_used_share() -> None:
    line, _ = bar(0.25, {})
    assert line == f"[{'#' * 10}{'.' * 30}]"


def test_more_than_the_whole_limit_fills_the_bar_and_no_more() -> None:
    line, _ = bar(1.5, {})
    assert line == f"[{'#' * BAR_WIDTH}]"


def test_each_purpose_is_marked_at_its_share() -> None:
    _, marks = bar(0.0, {"purchases": 0.8, "badges": 0.5})
    assert marks[1 + 32] == "p"
    assert marks[1 + 20] == "b"


def test_purposes_with_the_same_share_get_a_star() -> None:
    _, marks = bar(0.0, {"purchases": 0.5, "badges": 0.5})
    assert marks[1 + 20] == "*"


def test_the_legend_lists_the_shares_lowest_rank_first() -> None:
    _, marks = bar(0.0, {"purchases": 0.8, "badges": 0.5})
    assert marks.endswith("pause at: badges 50%, purchases 80%")


def test_on_a_narrow_terminal_each_line_of_the_bar_is_short_and_the_marks_stay_below_it() -> None:
    line, marks, legend = narrow_bar(0.25, {"purchases": 0.8, "badges": 0.5})
    assert line == f"[{'#' * 5}{'.' * 15}]"
    assert (marks[1 + 16], marks[1 + 10]) == ("p", "b")
    assert len(marks) <= len(line)
    assert legend == "pause at: badges 50%, purchases 80%"


def test_a_config_folder_that_is_set_and_not_there_is_a_finding(tmp_path: Path) -> None:
    given = {"ZSF_CONFIG_DIR": str(tmp_path / "con\nfig")}
    settings = from_environment(given, data_dir=tmp_path)
    (found,) = missing_config(settings)
    assert (found.file, found.code) == (f"{tmp_path}/con\\nfig", "CONFIG_MISSING")
    (tmp_path / "con\nfig").mkdir()
    assert missing_config(settings) == ()


def test_a_config_folder_that_nobody_set_need_not_be_there(tmp_path: Path) -> None:
    by_default = from_environment({"XDG_CONFIG_HOME": str(tmp_path / "x")}, data_dir=tmp_path)
    by_the_host = from_environment(
        {"ZSF_CONFIG_DIR": "/none"}, config_dir=tmp_path / "x", data_dir=tmp_path
    )
    assert missing_config(by_default) == missing_config(by_the_host) == ()


def test_very_many_names_are_named_in_part() -> None:
    assert in_part(["a", "b"]) == "a, b"
    assert in_part([str(number) for number in range(210)]).endswith("8, 9, and 200 more")
