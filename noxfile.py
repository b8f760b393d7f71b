"""A contributor's four commands: `nox -s dev`, `check`, `test` and `docs`.

The first three run the parts of the README's second block, in the `.venv` that it creates. So a
newcomer, `.ci/run` and nox run the same commands.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["check", "test"]

README = Path(__file__).parent / "README.md"


def readme_commands() -> list[list[str]]:
    """The commands of the README's second `sh` block, each split into words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)
    return [shlex.split(command) for command in blocks[1].split("&&")]


#: The parts of the block: create and fill `.venv`, check, test.
COMMANDS = readme_commands()
SETUP, CHECKS, TESTS = COMMANDS[:2], COMMANDS[2:-1], COMMANDS[-1]
DOCS = shlex.split(".venv/bin/sphinx-build -W -n docs build/site")


@nox.session
def dev(session: nox.Session) -> None:
    """Create `.venv` with the package, editable, and its test dependencies."""
    for command in SETUP:
        session.run(*command)


@nox.session
def check(session: nox.Session) -> None:
    """Run every check except the tests."""
    for command in CHECKS:
        session.run(*command)


@nox.session
def test(session: nox.Session) -> None:
    """Run the tests; arguments after `--` go to pytest."""
    session.run(*TESTS, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into `build/site`; a warning is an error."""
    session.run(*DOCS, *session.posargs)
