"""The login and consent pages: plain forms that a person can use and a script can walk. HTML
only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_STYLE = """
*{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f3f5f7;
color:#16212e}
main{max-width:26rem;margin:8vh auto;padding:2rem;background:#fff;border:1px solid #d6dce2;
border-radius:10px}
h1{font-size:1.25rem;margin:0 0 .25rem}p{margin:.25rem 0 1.25rem;color:#4a5866}label{display:block;
margin:.75rem 0}
select,input[type=password]{display:block;width:100%;margin-top:.25rem;padding:.55rem;font:inherit;
border:1px solid #8593a1;border-radius:6px;background:#fff;color:inherit}
button{font:inherit;padding:.55rem 1.1rem;border-radius:6px;border:1px solid #0b5cab;
background:#0b5cab;color:#fff}
button.second{background:#fff;color:#0b5cab}:focus-visible{outline:2px solid #0b5cab;
outline-offset:2px}
small{display:block;margin-top:1.5rem;color:#4a5866}ul{padding-left:1.2rem}
@media(max-width:30rem){main{margin:0;border:0;min-height:100vh;border-radius:0}}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e6ebf0}main{background:#18212b;border-color:#33404d}
p,small{color:#a9b6c3}select,input[type=password]{background:#10161d}button.second{background:none;color:#7db8f2}}
"""
_NOTE = "<small>Salesforce emulator for rehearsals — this is not salesforce.com.</small>"


def login_page(query: Mapping[str, str], users: Sequence[tuple[str, str]]) -> str:
    """Who signs in: one of (username, name). Any password works, and the page says so."""
    hint = query.get("login_hint", "")
    options = "".join(
        f'<option value="{escape(username)}"{_selected(username == hint)}>{escape(name)}</option>'
        for username, name in users
    )
    form = (
        '<form method="post" action="/services/oauth2/authorize">'
        f"{_hidden({**query, 'step': 'login'})}"
        f'<label>User<select name="username">{options}</select></label>'
        '<label>Password<input type="password" name="password" autocomplete="off" '
        'placeholder="any will do"></label>'
        '<button type="submit">Log in</button></form>'
    )
    return _page(
        "Log in", f"<h1>Log in to Salesforce</h1><p>Any password works here.</p>{form}{_NOTE}"
    )


def _selected(chosen: bool) -> str:
    return " selected" if chosen else ""


def consent_page(query: Mapping[str, str], username: str) -> str:
    """What the app asks for: Allow or Deny."""
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in query.get("scope", "").split())
    form = (
        f'<form method="post" action="/services/oauth2/authorize">'
        f"{_hidden({**query, 'step': 'consent', 'username': username})}"
        '<button type="submit" name="decision" value="allow">Allow</button> '
        '<button type="submit" name="decision" value="deny" class="second">Deny</button></form>'
    )
    intro = (
        f"<h1>Allow access?</h1><p>{escape(query['client_id'])} asks, for "
        f"{escape(username)}, for:</p>"
    )
    return _page("Allow access", f"{intro}<ul>{scopes}</ul>{form}{_NOTE}")


def error_page(code: str, words: str) -> str:
    """A refusal the browser stays on: no callback is called (§1.2)."""
    return _page(
        "Error", f"<h1>We can’t authorize you</h1><p>{escape(code)}: {escape(words)}</p>{_NOTE}"
    )


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )


def _page(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{title}</title>'
    )
    start = f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head>'
    return f"{start}<body><main>{body}</main></body></html>"
