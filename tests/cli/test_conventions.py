"""What a person expects of any command line: help, versions, hints, quiet and verbose, one JSON
document, exit codes. Promises about every command are tested on every command."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import on_terminal
from tests.cli.test_provision import connected
from tests.cli.zsf import PURCHASE, Zsf
from zsf_plugin import __version__
from zsf_plugin.cli.commands import build_full_parser, build_parser
from zsf_plugin.cli.completion import SHELLS
from zsf_plugin.cli.running import run
from zsf_plugin.emulator import Emulator, OrgSpec

PACKAGE = Path(__file__).parents[2] / "zsf_plugin"


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and all below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from parsers(subparser)


EVERY = list(parsers(build_full_parser()))
COMMANDS = pytest.mark.parametrize("parser", EVERY, ids=lambda parser: parser.prog)


def examples_of(parser: argparse.ArgumentParser) -> list[list[str]]:
    """The arguments of each `zsf` in the examples of a help."""
    examples = (parser.epilog or "").partition("Examples:")[2].partition("\n\n")[0]
    found = re.findall(r"(?<![/\w])zsf ([^|>)\n]*)", examples)
    return [shlex.split(text.partition("<")[0], comments=True) for text in found]


@COMMANDS
def test_every_option_is_explained(parser: argparse.ArgumentParser) -> None:
    unexplained = [
        action.option_strings or action.dest
        for action in parser._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert unexplained == []


@COMMANDS
def test_every_help_has_examples_that_are_understood(parser: argparse.ArgumentParser) -> None:
    examples = examples_of(parser)
    assert examples
    for arguments in examples:
        build_parser().parse_args(arguments)


@COMMANDS
def test_every_command_takes_quiet_and_verbose(parser: argparse.ArgumentParser) -> None:
    assert {"--quiet", "--verbose"} <= set(parser._option_string_actions)


def test_quiet_and_verbose_may_precede_or_follow_a_command() -> None:
    assert build_parser().parse_args(["--quiet", "status"]).quiet
    assert build_parser().parse_args(["rules", "--verbose", "check"]).verbose
    assert build_parser().parse_args(["outbox", "list", "-q"]).quiet


@pytest.mark.parametrize("arguments", [(), ("rules",), ("outbox",)])
def test_a_command_without_its_action_shows_its_help(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    done = zsf(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == zsf(*arguments, "--help").stdout


def test_the_version_is_shown(zsf: Zsf) -> None:
    assert zsf("--version").stdout == f"zsf {__version__}\n"


def test_the_package_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "zsf_plugin", "--version"]
    assert subprocess.check_output(command, text=True) == f"zsf {__version__}\n"


def test_the_help_lists_every_environment_variable() -> None:
    named = set()
    for path in PACKAGE.rglob("*.py"):
        named |= set(re.findall(r"\bZSF_[A-Z_]+\b", path.read_text(encoding="utf-8")))
    help_ = build_parser().format_help()
    assert sorted(name for name in named if name not in help_) == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["statsu"], "'status'"),
        (["rules", "chek"], "'check'"),
        (["outbox", "list", "--state", "pendign"], "'pending'"),
        (["outbox", "list", "--sate", "held"], "'--state'"),
        (["connect", "--waiting", "sned"], "'send'"),
        (["completion", "bsh"], "'bash'"),
        (["fields", "Laed"], "'Lead'"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest(
    zsf: Zsf, arguments: list[str], hint: str
) -> None:
    done = zsf(*arguments)
    assert done.returncode == 2
    assert f"did you mean {hint}?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--workspace", "acme", "status"], "options go after the command"),
        (["--workspace=acme", "status"], "options go after the command"),
        (["rules", "--json", "check"], "options go after the command"),
        (["--verbos", "status"], "did you mean '--verbose'?"),
    ],
)
def test_an_unknown_option_before_the_command_is_named(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert f"unknown option {next(a for a in arguments if a[0] == '-').partition('=')[0]}" in error
    assert hint in error


@pytest.mark.parametrize("option", ["--wor", "--js", "--verb"])
def test_options_are_not_abbreviated(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", option]) == 2
    assert f"unknown option {option}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "accepted"),
    [
        (["drain", "--max", "0"], "from 1 to"),
        (["drain", "--max", "9" * 30], "from 1 to"),
        (["drain", "--max", "two"], "from 1 to"),
        (["drain", "--seconds", "-1"], "above 0"),
        (["drain", "--seconds", "0"], "above 0"),
        (["drain", "--seconds", "nan"], "above 0"),
        (["outbox", "list", "--limit", "0"], "from 1 to"),
        (["outbox", "list", "--limit", "-5"], "from 1 to"),
        (["connect", "--timeout", "0"], "from 1 to"),
        (["connect", "--redirect-port", "65536"], "between 0 and 65535"),
        (["console", "--port", "99999"], "between 0 and 65535"),
        (["emulator", "--port", "99999"], "between 0 and 65535"),
        (["emulator", "--latency-ms", "-1"], "from 0 to"),
        (["badges", "results.json", "--deadline", "-1"], "above 0"),
        (["status", "--workspace", " "], "1 to 255 characters"),
        (["status", "--workspace", "w" * 256], "1 to 255 characters"),
        (["status", "--workspace", "\udcff"], "1 to 255 characters"),
        (["outbox", "show", "\udcff"], "zsf outbox list"),
        (["drain", "--max=--"], "'--' is not accepted"),
        (["drain", "--seconds=--"], "'--' is not accepted"),
        (["status", "--json=yes"], "--json: takes no value, but has 'yes'"),
        (["connect", "--login-url="], "at least one character"),
        (["connect", "--client-id", "\udcff"], "in UTF-8"),
        (["connect", "--jwt-key", "key.pem", "--username", "\udcff"], "in UTF-8"),
        (["connect", "--client-id=x", "--username=u"], "--jwt-key and --username belong together"),
        (["connect", "--client-id=x", "--jwt-key=k"], "--jwt-key and --username belong together"),
    ],
)
def test_a_value_out_of_range_is_refused_with_what_is_accepted(
    arguments: list[str], accepted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert accepted in shown.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["statsu", "--json"], "usage"),
        (["--json", "status"], "usage"),
        (["status", "--jsno", "--json"], "usage"),
        (["badges", "--json"], "usage"),
        (["drain", "--max", "0", "--json"], "usage"),
        (["rules", "--json"], "usage"),
        (["outbox", "retry", "--json"], "usage"),
        (["outbox", "show", "e99", "--json"], "unknown_entry"),
        (["outbox", "list", "--cause", "NONE_SUCH", "--json"], "unknown_cause"),
        (["status", "--workspace", "acme", "--json"], "unknown_workspace"),
        (["rules", "check", "--json"], "no_config_folder"),
        (["rules", "explain", "/nonexistent", "--json"], "unusable_file"),
        (["feed", "/nonexistent", "--json"], "unusable_file"),
        (["fields", "Laed", "--json"], "unknown_object"),
        (["fields", "--json"], "reconnect_required"),
        (["connect", "--json"], "no_client_id"),
        (
            ["connect", "--login-url", "http://evil.example", "--client-id=x", "--json"],
            "configuration",
        ),
        (["console", "--host", "0.0.0.0", "--json"], "configuration"),
    ],
)
def test_with_json_an_error_is_one_document_too(zsf: Zsf, arguments: list[str], code: str) -> None:
    done = zsf(*arguments)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert set(error) == {"code", "message", "hint"}
    assert (error["code"], bool(error["message"])) == (code, True)
    assert done.stderr.count("\n") == 1


def test_json_after_two_dashes_is_no_option(zsf: Zsf) -> None:
    assert zsf("outbox", "show", "--", "--json").stdout == ""


def test_an_org_that_does_not_answer_is_named_with_what_to_do(tmp_path: Path) -> None:
    with Emulator(OrgSpec()) as emulator:
        zsf = connected(tmp_path, emulator)
    done = zsf("fields", "--refresh", "--json")
    error = json.loads(done.stdout)["error"]
    why = (
        "Salesforce does not answer: 127.0.0.1 refused the connection: check the network and its "
        "firewall; if only a proxy leads out, name it in HTTPS_PROXY"
    )
    assert (error["message"], error["hint"]) == (why, "run it again later; progress is saved")
    assert done.stderr == f"zsf: {error['message']}; {error['hint']}\n"
    assert zsf("provision").stderr.startswith(f"zsf: {why}; what was created so far stays; ")


def test_json_of_a_store_that_cannot_be_opened_is_one_document(zsf: Zsf) -> None:
    zsf.write("data", "a file where the folder should be")
    done = zsf("status", "--json")
    assert json.loads(done.stdout)["error"]["code"] == "store_unavailable"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("status",), ("status", "--json"), ("completion", "bash")],
)
def test_a_full_stdout_is_one_line_and_could_not_run(zsf: Zsf, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "zsf_plugin", *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=zsf.environment, text=True
        )
    assert done.returncode == 2
    why = "cannot write to stdout (No space left on device)"
    assert done.stderr == f"zsf: {why}; free some space, or write to another place\n"


def test_a_closed_stdout_ends_no_command(zsf: Zsf) -> None:
    command = shlex.join([sys.executable, "-m", "zsf_plugin", "status"])
    done = subprocess.run(
        ["sh", "-c", f"{command} >&-"], stderr=subprocess.PIPE, env=zsf.environment, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def interrupt(zsf: Zsf, *arguments: str) -> tuple[int, str, str]:
    """The exit code and output of a command that waits for stdin and gets Ctrl-C."""
    command = [sys.executable, "-m", "zsf_plugin", *arguments]
    pipe: Any = subprocess.PIPE
    with subprocess.Popen(
        command,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env=zsf.environment,
        text=True,
        preexec_fn=obey_interrupts,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(PURCHASE) + "\n")
        process.stdin.flush()
        wait_for(zsf.folder / "data" / "zsf.sqlite3")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def obey_interrupts() -> None:
    """Undo what a shell does to its background jobs: their children ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} never came")


def test_an_interrupt_is_one_line(zsf: Zsf) -> None:
    line = "Interrupted. Progress is saved; run it again to continue.\n"
    assert interrupt(zsf, "feed", "-") == (130, "", line)


def test_an_interrupt_of_what_a_command_imports_has_the_same_exit_code(zsf: Zsf) -> None:
    """Dataclasses run texts when they are imported."""
    script = """
import sys
from zsf_plugin.cli import main, running

def interrupted(*_):
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return 130

running.run = interrupted
sys.exit(main.main())
"""
    (zsf.folder / "interrupted.py").write_text(script)
    command = [sys.executable, "-m", "interrupted"]
    ran = subprocess.run(command, cwd=zsf.folder, env=zsf.environment, check=False)
    assert ran.returncode == 130


def test_with_json_an_interrupt_is_one_document(zsf: Zsf) -> None:
    code, out, _ = interrupt(zsf, "feed", "-", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (130, "interrupted")


def test_quiet_leaves_results_and_errors(zsf: Zsf) -> None:
    done = zsf("feed", "-", "--quiet", stdin=f"{json.dumps(PURCHASE)}\nnot json")
    assert done.stdout.startswith("accepted 1")
    assert done.stderr == "stdin:2: refused: not a JSON object\n"
    assert zsf("outbox", "show", "e99", "--quiet").stderr.startswith("zsf: there is no entry")


def test_verbose_names_the_folders_and_shows_where_an_error_came_from(zsf: Zsf) -> None:
    assert str(zsf.folder / "config") in zsf("status", "--verbose").stderr
    assert "Traceback" in zsf("outbox", "show", "e99", "--verbose").stderr


def test_a_terminal_gets_bold_titles_unless_no_color_is_set(zsf: Zsf) -> None:
    assert "\x1b[1m" in on_terminal(zsf, "status").text
    zsf.environment["NO_COLOR"] = "1"
    assert "\x1b" not in on_terminal(zsf, "status").text


def test_a_terminal_shows_the_progress_of_long_operations(zsf: Zsf) -> None:
    assert on_terminal(zsf, "feed", "-", ends_after="Reading events").returncode == 0
    assert "Reading events" not in on_terminal(zsf, "feed", "/dev/null").text


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_that_completes_every_command(zsf: Zsf, shell: str) -> None:
    done = zsf("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(parser.prog.split()[-1] in done.stdout for parser in EVERY)


def test_bash_completes_commands_and_options(zsf: Zsf) -> None:
    zsf.write("completion.bash", zsf("completion", "bash").stdout)
    lines = (
        "source completion.bash",
        "COMP_WORDS=(zsf outbox list --st); COMP_CWORD=3; COMP_LINE='zsf outbox list --st'",
        "COMP_POINT=${#COMP_LINE}; _shtab_zsf zsf --st list; echo ${COMPREPLY[@]}",
    )
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=zsf.folder, capture_output=True, text=True
    )
    assert done.stdout.strip() == "--state"


def test_only_completion_imports_shtab() -> None:
    users = {
        path.name
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\b(?:import|from) shtab", path.read_text(encoding="utf-8"))
    }
    assert users == {"completion.py"}


def run_scripted(zsf: Zsf, *lines: str) -> subprocess.CompletedProcess[str]:
    """A process that runs `main.main()` after these lines; `kill` sends it Ctrl-C."""
    script = (
        "import os, signal, sys",
        "from zsf_plugin.cli import main",
        "kill = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)",
        *lines,
        "sys.exit(main.main())",
    )
    return subprocess.run(
        [sys.executable, "-c", "\n".join(script)],
        env=zsf.environment,
        capture_output=True,
        text=True,
        preexec_fn=obey_interrupts,
        timeout=60,
    )


def test_an_interrupt_before_the_command_begins_is_one_line(zsf: Zsf) -> None:
    done = run_scripted(
        zsf,
        "sys.argv[1:] = ['status', '--json']",
        "sys.meta_path.insert(0, type('Interrupting', (), {'find_spec': kill}))",
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")
    assert json.loads(done.stdout)["error"]["code"] == "interrupted"


def test_garbage_is_collected_while_a_command_runs_but_not_among_the_modules(zsf: Zsf) -> None:
    done = run_scripted(
        zsf,
        "import gc",
        "sys.argv[1:] = ['init', '--quiet']",
        "from zsf_plugin.cli import running",
        "modules = lambda: gc.get_freeze_count() > 10_000",
        "running.flush = lambda: print(gc.isenabled(), modules(), file=sys.stderr)",
    )
    assert (done.returncode, done.stderr) == (0, "True True\n")


def test_an_interrupt_after_the_document_prints_no_second_one(zsf: Zsf) -> None:
    done = run_scripted(
        zsf,
        "sys.argv[1:] = ['init', '--json']",
        "from zsf_plugin.cli import running",
        "running.flush = kill",
    )
    assert (done.returncode, done.stderr.count("\n")) == (130, 1)
    assert json.loads(done.stdout)["made"] is True


def test_a_second_interrupt_ends_the_process_without_a_traceback(zsf: Zsf) -> None:
    done = run_scripted(
        zsf,
        "sys.argv[1:] = ['init']",
        "from zsf_plugin.cli import failures, running",
        "running.flush = failures.report_failure = kill",
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_an_interrupt_while_the_console_starts_ends_it_in_order(zsf: Zsf) -> None:
    done = run_scripted(
        zsf,
        "sys.argv[1:] = ['console', '--port', '0', '--no-browser']",
        "from zsf_plugin.cli import console",
        "put_up = console._put_up",
        "console._put_up = lambda *arguments: (kill(), put_up(*arguments))",
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_demo_serves_until_a_signal(zsf: Zsf, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "zsf_plugin", "demo", "--serve", "--json"]
    pipe: Any = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, env=zsf.environment, text=True,
        preexec_fn=obey_interrupts,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        while "stop it with Ctrl-C" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "Stopped.\n")
    assert json.loads(out)["second"]["writes"] == 0
