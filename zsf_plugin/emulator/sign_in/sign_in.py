"""The resources of `/services/oauth2/` and the identity URL: forms, tokens, and plain pages for
people and scripts.

`oauth` holds the grants (salesforce-api.md §1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from zsf_plugin.emulator.exchange import Html, HttpRequest, PlainText, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.org.schema import Row
from zsf_plugin.emulator.sign_in.oauth import OAuth, OAuthError

#: The login addresses of all orgs.
_SHARED_HOSTS = ("login.salesforce.com", "test.salesforce.com")
NO_SUCH_PAGE = Response(404, Html("<html><body>URL No Longer Exists</body></html>"))


class SignInServer:
    """Signs users in to one org; `base` is the URL that tokens and identities contain."""

    def __init__(self, org: Org, oauth: OAuth, base: str) -> None:
        self._org = org
        self._oauth = oauth
        self._first_base = base
        self._endpoints: dict[str, Callable[[HttpRequest], Response]] = {
            "authorize": self._authorize,
            "token": self._token,
            "introspect": self._introspect,
            "revoke": self._revoke,
            "userinfo": self.identity,
        }

    @property
    def _base(self) -> str:
        return self._org.conditions.base(self._first_base)

    def answer(self, endpoint: str, request: HttpRequest) -> Response:
        """Serve `/services/oauth2/ENDPOINT`."""
        serve = self._endpoints.get(endpoint, _answer_unknown)
        try:
            return serve(request)
        except OAuthError as error:
            return Response(400, error.body)

    def identity(self, request: HttpRequest) -> Response:
        """The bearer's identity; a bad token gets plain text, not JSON (§1.6)."""
        user_id = self.user_of(request)
        if user_id is not None:
            return Response(200, self._oauth.identity(user_id, self._base))
        given = bool(request.headers.get("authorization"))
        return Response(403, PlainText("Bad_OAuth_Token" if given else "Missing_OAuth_Token"))

    def user_of(self, request: HttpRequest, *, for_api: bool = False) -> str | None:
        """The user whose valid session the request carries, or None."""
        if request.auth_scheme not in ("Bearer", "OAuth"):
            return None
        return self._oauth.user_of(request.bearer, for_api=for_api)

    def _token(self, request: HttpRequest) -> Response:
        """Tokens. Only an org's own address serves an app that signs in itself (§1.6)."""
        is_app = request.form.get("grant_type") == "client_credentials"
        if is_app and request.headers.get("host", "") in _SHARED_HOSTS:
            raise OAuthError("invalid_grant", "request not supported on this domain")
        return Response(200, self._oauth.token(request.form, self._base))

    def _introspect(self, request: HttpRequest) -> Response:
        return Response(200, self._oauth.introspect(request.form.get("token", "")))

    def _revoke(self, request: HttpRequest) -> Response:
        self._oauth.revoke(request.form.get("token", ""))
        return Response(200)

    def _authorize(self, request: HttpRequest) -> Response:
        """The login page, then the consent page, then the redirect to the app."""
        if request.method == "GET":
            return self._login_page(request.query)
        form = request.form
        if form.get("step") == "login":
            return _consent_page(form)
        return self._handle_decision(form)

    def _handle_decision(self, form: dict[str, str]) -> Response:
        """Redirect to the app, with or without a code."""
        if form.get("decision") == "allow":
            return self._allow(form)
        return _redirect(self._oauth.deny(form))

    def _login_page(self, query: dict[str, str]) -> Response:
        try:
            self._oauth.check_authorize(query)
        except OAuthError as error:
            return _refused(error)
        return _html(200, login_page(query, self._users()))

    def _allow(self, form: dict[str, str]) -> Response:
        user = self._org.active_user(form.get("username", ""))
        if user is None:
            return _refused(OAuthError("invalid_grant", "authentication failure"))
        return _redirect(self._oauth.allow(form, str(user["Id"])))

    def _users(self) -> list[tuple[str, str]]:
        """(username, name) of each active user."""
        rows = self._org.rows["User"].values()
        return [_names_of(row) for row in rows if row["IsActive"]]


def _redirect(url: str) -> Response:
    return Response(302, headers={"Location": url})


def _answer_unknown(_: HttpRequest) -> Response:
    return NO_SUCH_PAGE


def _refused(error: OAuthError) -> Response:
    return _html(400, sign_in_error_page(**error.body))


def _names_of(user: Row) -> tuple[str, str]:
    return str(user["Username"]), str(user["Name"])


def _consent_page(form: dict[str, str]) -> Response:
    query = {name: value for name, value in form.items() if name not in _LOGIN_FIELDS}
    return _html(200, consent_page(query, form.get("username", "")))


#: Salesforce's pages cut the tie to the window that opened them.
_ON_ITS_OWN = {"Cross-Origin-Opener-Policy": "same-origin"}


def _html(status: int, page: str) -> Response:
    return Response(status, Html(page), _ON_ITS_OWN)


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
#: Fields of the login form that are not part of the app's request.
_LOGIN_FIELDS = ("step", "username", "password")
_FOOTER = "<small>Salesforce emulator for rehearsals — this is not salesforce.com.</small>"


def login_page(query: Mapping[str, str], users: Sequence[tuple[str, str]]) -> str:
    """The login page with these (username, name) users. Any password works, and the page says
    so."""
    hint = query.get("login_hint", "")
    options = "".join(_option(*user, chosen=user[0] == hint) for user in users)
    form = (
        '<form method="post" action="/services/oauth2/authorize">'
        f"{_hidden({**query, 'step': 'login'})}"
        f'<label>User<select name="username">{options}</select></label>'
        '<label>Password<input type="password" name="password" autocomplete="off" '
        'placeholder="any will do"></label>'
        '<button type="submit">Log in</button></form>'
    )
    return _page(
        "Log in", f"<h1>Log in to Salesforce</h1><p>Any password works here.</p>{form}{_FOOTER}"
    )


def _option(username: str, name: str, *, chosen: bool) -> str:
    selected = " selected" if chosen else ""
    return f'<option value="{escape(username)}"{selected}>{escape(name)}</option>'


def consent_page(query: Mapping[str, str], username: str) -> str:
    """The consent page: the scopes the app requests, Allow and Deny."""
    form = (
        f'<form method="post" action="/services/oauth2/authorize">'
        f"{_hidden({**query, 'step': 'consent', 'username': username})}"
        '<button type="submit" name="decision" value="allow">Allow</button> '
        '<button type="submit" name="decision" value="deny" class="second">Deny</button></form>'
    )
    request_line = f"{escape(query['client_id'])} asks, for {escape(username)}, for:"
    scopes = _scopes(query.get("scope", "").split())
    body = f"<h1>Allow access?</h1><p>{request_line}</p>{scopes}{form}{_FOOTER}"
    return _page("Allow access", body)


def _scopes(scopes: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    return f"<ul>{items}</ul>"


def sign_in_error_page(error: str, error_description: str) -> str:
    """The error page; there is no redirect to the app (§1.2)."""
    message = f"{escape(error)}: {escape(error_description)}"
    return _page("Error", f"<h1>We can’t authorize you</h1><p>{message}</p>{_FOOTER}")


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
