"""The way back from the browser: one answer on one path, whatever else a browser does meanwhile."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from zsf_plugin.connect import Loopback
from zsf_plugin.errors import ConfigurationError, ReconnectRequired


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url.replace("localhost", "127.0.0.1"), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_first_answer_on_the_path_is_taken_decoded_once() -> None:
    with Loopback(0) as loopback:
        assert get(f"{loopback.redirect_uri}?code=aPrx%3D%3D&state=x%20y") == 200
        assert loopback.wait(5) == {"code": "aPrx==", "state": "x y"}
        assert get(f"{loopback.redirect_uri}?code=second&state=x") == 404
        assert loopback.wait(0)["code"] == "aPrx=="


@pytest.mark.parametrize("query", ["", "?state=x", "?code="])
def test_a_visit_that_answers_nothing_does_not_end_the_wait(query: str) -> None:
    with Loopback(0) as loopback:
        assert get(loopback.redirect_uri + query) == 400
        assert get(f"{loopback.redirect_uri}?error=access_denied&state=x") == 200
        assert loopback.wait(5)["error"] == "access_denied"


def test_other_paths_are_not_found_and_not_taken() -> None:
    with Loopback(0) as loopback:
        assert (
            get(loopback.redirect_uri.replace("/oauth/callback", "/favicon.ico?code=x&state=y"))
            == 404
        )
        with pytest.raises(ReconnectRequired) as caught:
            loopback.wait(0)
    assert caught.value.code == "no_answer"


def test_a_connection_that_a_browser_opened_ahead_and_left_silent_blocks_nothing() -> None:
    with Loopback(0) as loopback:
        port = int(loopback.redirect_uri.split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port)):
            assert get(f"{loopback.redirect_uri}?code=x&state=y") == 200


def test_a_port_in_use_says_which_flag_chooses_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match=r"--redirect-port.* in the app$"):
            Loopback(taken.getsockname()[1])
