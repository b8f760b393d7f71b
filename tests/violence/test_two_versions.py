"""One seed of two versions on one store, and one of an upgrade; the long profile is
`python -m tests.violence --versions`. Without git's history both are skipped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.violence import versions
from tests.violence.versions import NoHistory, default_revision, older_revision


def revision_or_skip(choose: Callable[[], str]) -> str:
    try:
        return choose()
    except NoHistory as error:
        pytest.skip(f"NOT TESTED: no other version to share a store with: {error}")


def run_seed(revision: str) -> str:
    command = [sys.executable, "-m", "tests.violence", "--versions", revision, "--only"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost 0, twice 0, blanked 0; 0 seeds failed" in done.stdout
    return done.stdout


@pytest.mark.long
def test_two_versions_with_one_schema_share_a_store() -> None:
    said = run_seed(revision_or_skip(default_revision))
    for share in ("drained here", "drained there", "received here", "received there"):
        assert share in said


@pytest.mark.long
def test_an_older_version_refuses_a_store_that_this_one_has_upgraded() -> None:
    assert "its stores were upgraded" in run_seed(revision_or_skip(older_revision))


def test_the_default_version_has_our_schema_or_is_a_release() -> None:
    revision = revision_or_skip(default_revision)
    assert revision.startswith("v") or versions.schema_of(revision) == versions.our_schema()
    assert not versions.is_newer(versions.schema_of(revision))


def test_a_shallow_clone_has_no_other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"rev-parse": b"true\n"}

    def git(command: str, *_: str) -> bytes:
        if command not in answers:
            raise NoHistory("fatal: no such commit")
        return answers[command]

    monkeypatch.setattr(versions, "_git_bytes", git)
    with pytest.raises(NoHistory, match="shallow"):
        default_revision()
    with pytest.raises(NoHistory, match="shallow"):
        older_revision()
