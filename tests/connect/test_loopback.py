"""The way back from the browser: one answer on one path, whatever else a browser does meanwhile."""

from __future__ import annotations

import html
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zsf_plugin.connect import Callback, Loopback
from zsf_plugin.errors import ConfigurationError, ReconnectRequired


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url.replace("localhost", "127.0.0.1"), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def listening(state: str = "x") -> Loopback:
    """A listener that waits for the answer with that state."""
    loopback = Loopback(0)
    loopback.expect(state)
    return loopback


def port_of(loopback: Loopback) -> int:
    return int(loopback.redirect_uri.split(":")[2].split("/")[0])


def test_the_first_answer_on_the_path_is_taken_decoded_once() -> None:
    with listening("x y") as loopback:
        assert get(f"{loopback.redirect_uri}?code=aPrx%3D%3D&state=x%20y") == 200
        assert loopback.wait(5) == {"code": "aPrx==", "state": "x y"}
        assert get(f"{loopback.redirect_uri}?code=second&state=x%20y") == 404
        assert loopback.wait(0)["code"] == "aPrx=="


@pytest.mark.parametrize("query", ["", "?state=x", "?code=", "?%ff", "?" + "&".join("abc" * 400)])
def test_a_visit_that_answers_nothing_does_not_end_the_wait(query: str) -> None:
    with listening() as loopback:
        assert get(loopback.redirect_uri + query) == 400
        assert get(f"{loopback.redirect_uri}?error=access_denied&state=x") == 200
        assert loopback.wait(5)["error"] == "access_denied"


@pytest.mark.parametrize(
    "query", ["code=c", "code=c&state=", "code=c&state=X", "code=c&state=x%20", "error=e&state=y"]
)
def test_the_answer_to_another_sign_in_is_answered_and_waited_past(query: str) -> None:
    with listening() as loopback:
        assert get(f"{loopback.redirect_uri}?{query}") == 400
        assert not loopback.has_come
        assert get(f"{loopback.redirect_uri}?code=ours&state=x") == 200
        assert loopback.wait(5)["code"] == "ours"


def test_no_answer_counts_before_one_is_expected() -> None:
    with Loopback(0) as loopback:
        assert get(f"{loopback.redirect_uri}?code=c&state=") == 400
        assert get(f"{loopback.redirect_uri}?code=c&state=None") == 400
        assert not loopback.has_come


def test_other_paths_are_not_found_and_not_taken() -> None:
    with listening("y") as loopback:
        there = loopback.redirect_uri.replace("/oauth/callback", "/favicon.ico?code=x&state=y")
        assert get(there) == 404
        with pytest.raises(ReconnectRequired) as caught:
            loopback.wait(0)
    assert caught.value.code == "no_answer"


def test_a_program_that_looks_at_the_link_first_takes_nothing() -> None:
    with listening() as loopback:
        url = f"{loopback.redirect_uri}?code=c&state=x".replace("localhost", "127.0.0.1")
        request = urllib.request.Request(url, method="HEAD")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        assert not loopback.has_come
        assert get(url) == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /oauth/callb",
        b"GET /oauth/callback?code=x&state=x HTTP/1.1\r\nHost: x\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /oauth/callback?code=x&state=x HTTP/1.1\r\nContent-Length: 99\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"\xff\xfe\n\n",
        b"GET /" + b"x" * 70000,
    ],
)
def test_half_a_request_or_no_http_at_all_blocks_nothing_and_says_nothing(
    sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        listening() as loopback,
        socket.create_connection(("127.0.0.1", port_of(loopback))) as left_open,
        socket.create_connection(("127.0.0.1", port_of(loopback))) as cut,
    ):
        for line in (left_open, cut):
            line.sendall(sent)
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        cut.close()
        assert not loopback.has_come
        assert get(f"{loopback.redirect_uri}?code=x&state=x") == 200
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_says_which_flag_chooses_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match=r"--paste.*--redirect-port.* in the app$"):
            Loopback(taken.getsockname()[1])


@pytest.mark.parametrize("address", ["no-such-host.invalid", "192.0.2.1", "%"])
def test_an_address_that_is_not_of_this_machine_says_which_flag_named_it(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--listen"):
        Loopback(0, address)


def test_an_ipv6_address_may_have_the_brackets_of_a_url() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with Loopback(0, "[::1]") as loopback:
        loopback.expect("x")
        url = f"http://[::1]:{port_of(loopback)}/oauth/callback?code=x&state=x"
        assert get(url) == 200


def test_another_address_is_listened_on_and_the_callback_url_stays() -> None:
    with Loopback(0, "0.0.0.0") as loopback:
        loopback.expect("x")
        assert loopback.redirect_uri.startswith("http://localhost:")
        assert get(f"{loopback.redirect_uri}?code=x&state=x") == 200


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:17717/oauth/callback?code=aPrx%3D%3D&state=x",
        "  http://localhost:17717/oauth/callback?state=x&code=aPrx%3D%3D#fragment \r\n",
        "?code=aPrx%3D%3D&state=x",
        "code=aPrx%3D%3D&state=x",
        "\x1b[200~http://localhost:17717/oauth/callback?code=aPrx%3D%3D&state=x\x1b[201~",
    ],
)
def test_a_pasted_callback_url_is_taken(text: str) -> None:
    callback = Callback(17717)
    callback.expect("x")
    assert callback.offer_text(text)
    assert callback.wait(0)["code"] == "aPrx=="


STATE = "aB-_" * 10
CALLBACK_URL = f"http://localhost:17717/oauth/callback?code=aPrx.Ab%3D%3D&state={STATE}"
#: What chats, mail programs, shells and proxies make of an address.
WRAPPINGS: dict[str, Callable[[str], str]] = {
    "double quotes": '"{}"'.format,
    "single quotes": "'{}'".format,
    "typographic quotes": "\u201c{}\u201d".format,
    "angle brackets": "<{}>".format,
    "brackets": "({})".format,
    "a sentence": "The browser ends on {}.".format,
    "a Markdown link": lambda url: f"[{url}]({url})",
    "a command": "curl -v '{}' | head".format,
    "a fragment": "{}#_=_".format,
    "https": lambda url: url.replace("http:", "https:"),
    "another host": lambda url: url.replace("localhost:17717", "[::1]:8"),
    "an address that is none": lambda url: url.replace("localhost:17717", "[::1"),
    "HTML": html.escape,
    "encoded once more": lambda url: quote(url, safe=""),
    "a link that is followed later": lambda url: f"https://l.example/?u={quote(url, safe='')}&d=1",
    "a code encoded twice": lambda url: url.replace("%3D", "%253D"),
    "a code that is not encoded": lambda url: url.replace("%3D", "="),
    "line ends": "\r\n{}\r\n".format,
    "a mark": "\ufeff{}\0".format,
    "wrapped": lambda url: f"{url[:70]}\r\n  {url[70:]}",
}


@given(st.lists(st.sampled_from(sorted(WRAPPINGS)), max_size=2))
@example(["encoded once more", "wrapped"])
@example(["wrapped", "a link that is followed later"])
def test_a_callback_url_is_taken_whatever_is_around_it(wrappings: list[str]) -> None:
    callback, text = Callback(17717), CALLBACK_URL
    callback.expect(STATE)
    for name in wrappings:
        text = WRAPPINGS[name](text)
    assert callback.offer_text(text), text
    assert callback.wait(0) == {"code": "aPrx.Ab==", "state": STATE}


@pytest.mark.parametrize("name", ["https", "encoded once more", "a link that is followed later"])
def test_a_callback_url_may_be_wrapped_anywhere(name: str) -> None:
    text = WRAPPINGS[name](CALLBACK_URL)
    for at in range(len(text)):
        callback = Callback(17717)
        callback.expect(STATE)
        assert callback.offer_text(f"{text[:at]}\n{text[at:]}"), at
        assert callback.wait(0) == {"code": "aPrx.Ab==", "state": STATE}, at


def test_a_code_and_a_state_on_lines_of_their_own_are_taken() -> None:
    callback = Callback(17717)
    callback.expect(STATE)
    assert callback.offer_text(f"code=aPrx.Ab%3D%3D\nstate={STATE}\n")
    assert callback.wait(0)["code"] == "aPrx.Ab=="


@pytest.mark.parametrize("name", sorted(WRAPPINGS))
def test_a_pasted_refusal_is_taken_too(name: str) -> None:
    callback = Callback(17717)
    callback.expect(STATE)
    described = f"http://l:1/cb?error=access_denied&error_description=user+isn't+in&state={STATE}"
    assert callback.offer_text(WRAPPINGS[name](described))
    assert callback.wait(0)["error"] == "access_denied"


@pytest.mark.parametrize("name", sorted(WRAPPINGS))
@pytest.mark.parametrize(
    "url",
    [
        CALLBACK_URL.replace(STATE, STATE[:-1]),
        CALLBACK_URL.replace(STATE, f"{STATE}x"),
        CALLBACK_URL.replace("code=", "cod="),
        f"https://login.salesforce.com/services/oauth2/authorize?code_challenge=x&state={STATE}",
    ],
)
def test_the_answer_to_another_sign_in_is_never_taken_however_it_is_wrapped(
    name: str, url: str
) -> None:
    callback = Callback(17717)
    callback.expect(STATE)
    assert not callback.offer_text(WRAPPINGS[name](url))


@given(st.text(max_size=200))
def test_no_other_pasted_text_is_ever_taken(text: str) -> None:
    callback = Callback(17717)
    callback.expect("the state of this sign-in")
    assert not callback.offer_text(text)
    assert not callback.has_come
