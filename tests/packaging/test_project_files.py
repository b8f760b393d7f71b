"""Workflows, templates and tool settings are valid, and name only commands and files that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml  # comes with myst-parser

import zsf_plugin
from zsf_plugin.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
TEMPLATES = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
PROSE = [
    *TEMPLATES,
    GITHUB / "PULL_REQUEST_TEMPLATE.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "releasing.md",
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REPOSITORY = "https://github.com/zaplify/zsf-plugin"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = loaded(path)["jobs"]
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job.get("steps", ())]


class Sessions(dict[str, Any]):
    """The part of nox that the noxfile uses: collects the sessions by name."""

    def __init__(self) -> None:
        self.options = SimpleNamespace()
        self.Session = object

    def session(self, function: Any) -> Any:
        self[function.__name__] = function
        return function


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> Sessions:
    found = Sessions()
    monkeypatch.setitem(sys.modules, "nox", found)
    run_path(str(ROOT / "noxfile.py"))
    return found


def commands_of(sessions: Sessions, *names: str) -> list[str]:
    ran: list[str] = []
    session = SimpleNamespace(posargs=(), run=lambda *words: ran.append(shlex.join(words)))
    for name in names:
        sessions[name](session)
    return ran


def test_the_nox_sessions_run_the_commands_of_the_readme(sessions: Sessions) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)[1]
    ran = commands_of(sessions, "dev", "check", "test")
    assert ran == [shlex.join(shlex.split(command)) for command in block.split("&&")]
    assert "pip install" in commands_of(sessions, "dev")[-1]
    assert commands_of(sessions, "test") == [ran[-1]]
    assert ran[-1].startswith(".venv/bin/pytest")


def test_the_nox_sessions_run_installed_tools(sessions: Sessions) -> None:
    folder = str(Path(sys.executable).parent)
    for command in commands_of(sessions, "check", "test", "docs"):
        tool = command.split()[0].removeprefix(".venv/bin/")
        assert shutil.which(tool, path=folder), tool


def test_the_commit_hooks_run_tools_of_the_checks(sessions: Sessions) -> None:
    checks = {command.split()[0] for command in commands_of(sessions, "check")}
    (repo,) = loaded(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].split()[0] in checks


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_actions_are_pinned_by_major_version(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    pinned = re.compile(r"[\w-]+/[\w-]+@(?:release/)?v\d+")
    assert [action for action in used if not pinned.fullmatch(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_each_job_has_stated_permissions_and_keeps_no_credentials(path: Path) -> None:
    workflow = loaded(path)
    granted = [job.get("permissions", workflow["permissions"]) for job in jobs(path).values()]
    assert all(isinstance(permissions, dict) for permissions in granted)
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_only_the_release_workflow_may_write() -> None:
    writers = {
        path.name
        for path in WORKFLOWS
        for scope in [loaded(path), *jobs(path).values()]
        if "write" in scope.get("permissions", {}).values()
    }
    assert writers == {"release.yml"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_workflows_run_files_modules_and_sessions_that_exist(
    path: Path, sessions: Sessions
) -> None:
    script = "\n".join(step["run"] for step in steps(path) if "run" in step)
    for file in re.findall(r"(?:bash |\")([\w./-]+\.toml|\.ci/\w+)", script):
        assert (ROOT / file).is_file(), file
    for module in re.findall(r"python -m (\w+)", script):
        assert find_spec(module), module
    for names in re.findall(r"nox -s ([\w ]+)", script):
        assert set(names.split()) <= sessions.keys()
    for called in [job["uses"] for job in jobs(path).values() if "uses" in job]:
        assert (ROOT / called).is_file(), called


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_jobs_need_jobs_that_exist(path: Path) -> None:
    needed = {job["needs"] for job in jobs(path).values() if "needs" in job}
    assert needed <= jobs(path).keys()


def test_ci_runs_every_python_version_that_the_package_claims() -> None:
    claimed = [
        classifier.rpartition(" ")[2]
        for classifier in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", classifier)
    ]
    (job,) = jobs(GITHUB / "workflows" / "ci.yml").values()
    assert job["strategy"]["matrix"]["python"] == claimed


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path.name != "config.yml"], ids=name_of
)
def test_issue_forms_have_what_github_requires(path: Path) -> None:
    form = loaded(path)
    assert form["name"]
    assert form["description"]
    for field in form["body"]:
        wanted = "value" if field["type"] == "markdown" else "label"
        assert field["attributes"][wanted]
        assert field["type"] != "dropdown" or field["attributes"]["options"]
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PROSE, ids=name_of)
def test_named_commands_sessions_and_files_exist(path: Path, sessions: Sessions) -> None:
    text = path.read_text(encoding="utf-8")
    assert {*re.findall(r"`zsf ([a-z]+)", text)} <= {command.name for command in COMMANDS}
    for names in re.findall(r"nox -s ([a-z ]+)", text):
        assert set(names.split()) <= sessions.keys()
    for target in re.findall(rf"{REPOSITORY}/blob/main/([\w./-]+)", text):
        assert (ROOT / target).exists(), target
    for module in re.findall(r"python -m (tests[\w.]+)", text):
        assert find_spec(module), module


def test_the_package_and_its_metadata_state_the_same_version() -> None:
    assert zsf_plugin.__version__ == PROJECT["project"]["version"]


def test_the_sdist_lists_only_what_exists() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert [path for path in included if not (ROOT / path.lstrip("/")).exists()] == []


def test_the_project_links_lead_to_the_repository_and_the_site() -> None:
    urls = PROJECT["project"]["urls"]
    site = run_path(str(ROOT / "docs" / "conf.py"))["html_baseurl"]
    assert urls["Homepage"] == REPOSITORY
    assert urls["Documentation"] == site
    assert urls["Issues"] == f"{REPOSITORY}/issues"
    assert (ROOT / urls["Changelog"].removeprefix(f"{REPOSITORY}/blob/main/")).is_file()
