"""docs/emulator.md: `zsf` and the emulator accept each command of its rehearsal."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from zsf_plugin.cli.commands import build_parser
from zsf_plugin.emulator import Emulator

PAGE = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
REHEARSAL, _, SIGN_IN = PAGE.partition("## Rehearse")[2].partition("## Sign in")
SHELL = re.findall(r"^```sh\n(.*?)^```", REHEARSAL, re.MULTILINE | re.DOTALL)
LINES = [line for block in SHELL for line in block.splitlines()]
FAULTS = PAGE.partition("## Faults")[2].partition("## Rehearse")[0]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("zsf ")])
def test_each_command_of_the_rehearsal_is_one(line: str) -> None:
    assert build_parser().parse_args(shlex.split(line)[1:]).run


def test_each_request_of_the_rehearsal_is_answered_in_order() -> None:
    requests_shown = [shlex.split(line)[1:] for line in LINES if line.startswith("curl ")]
    assert len(requests_shown) >= 4
    with Emulator() as emulator:
        for arguments in requests_shown:
            method = arguments[arguments.index("-X") + 1] if "-X" in arguments else "GET"
            data = arguments[arguments.index("-d") + 1] if "-d" in arguments else None
            (url,) = [one for one in arguments if one.startswith("http")]
            here = url.replace("http://127.0.0.1:8642", emulator.url)
            answer = requests.request(method, here, data=data, timeout=10)
            assert answer.status_code == 200, answer.text


def test_the_sign_in_without_a_browser_is_redirected_with_a_code() -> None:
    (line,) = re.findall(r"^curl .*$", SIGN_IN, re.MULTILINE)
    query = urlencode(
        {
            "response_type": "code",
            "client_id": "zsf-rehearsal",
            "redirect_uri": "http://localhost:17717/oauth/callback",
            "state": "s",
            "code_challenge": "c" * 43,
            "code_challenge_method": "S256",
        }
    )
    arguments = shlex.split(line)
    data = arguments[arguments.index("-d") + 1].replace("${URL#*\\?}", query)
    with Emulator() as emulator:
        answer = requests.post(
            f"{emulator.url}/services/oauth2/authorize",
            data=data,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            allow_redirects=False,
            timeout=10,
        )
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith("http://localhost:17717/oauth/callback?code=")


def test_the_fault_that_is_shown_is_accepted() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", FAULTS, re.MULTILINE | re.DOTALL)
    with Emulator() as emulator:
        answer = requests.post(
            f"{emulator.url}/_emulator/faults", json=json.loads(block), timeout=10
        )
        assert answer.status_code == 200, answer.text
        staged = requests.get(f"{emulator.url}/_emulator/faults", timeout=10).json()
    assert staged["staged"] == {"drop_after_commit": 1}
