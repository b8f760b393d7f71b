"""The resources of `/services/oauth2/` and the identity URL: forms in, pages and tokens out.

What a grant is worth is `oauth`'s, how a page looks `pages`' (salesforce-api.md §1).
"""

from __future__ import annotations

from collections.abc import Callable

from zsf_plugin.emulator.exchange import Html, Plain, Response
from zsf_plugin.emulator.org.org import Org
from zsf_plugin.emulator.sign_in import pages
from zsf_plugin.emulator.sign_in.oauth import OAuth, OAuthError
from zsf_plugin.emulator.wire import HttpRequest

NO_SUCH_PAGE = Response(404, Html("<html><body>URL No Longer Exists</body></html>"))


class SignIn:
    """Signs users in to one org; `base` is the URL that tokens and identities name."""

    def __init__(self, org: Org, oauth: OAuth, base: str) -> None:
        self._org = org
        self._oauth = oauth
        self._base = base
        self._endpoints: dict[str, Callable[[HttpRequest], Response]] = {
            "authorize": self._authorize,
            "token": self._token,
            "introspect": self._introspect,
            "revoke": self._revoke,
            "userinfo": self.identity,
        }

    def answer(self, endpoint: str, request: HttpRequest) -> Response:
        """The answer of `/services/oauth2/ENDPOINT`."""
        serve = self._endpoints.get(endpoint)
        if serve is None:
            return NO_SUCH_PAGE
        try:
            return serve(request)
        except OAuthError as error:
            return Response(400, error.body)

    def identity(self, request: HttpRequest) -> Response:
        """Who the bearer is; a bad token gets plain words, not JSON (§1.6)."""
        user_id = self.user_of(request)
        if user_id is not None:
            return Response(200, self._oauth.identity(user_id, self._base))
        given = bool(request.headers.get("authorization"))
        return Response(403, Plain("Bad_OAuth_Token" if given else "Missing_OAuth_Token"))

    def user_of(self, request: HttpRequest) -> str | None:
        """The user whose living session the request bears, or None."""
        if request.auth_scheme not in ("Bearer", "OAuth"):
            return None
        return self._oauth.user_of(request.bearer)

    def _token(self, request: HttpRequest) -> Response:
        return Response(200, self._oauth.token(request.form, self._base))

    def _introspect(self, request: HttpRequest) -> Response:
        return Response(200, self._oauth.introspect(request.form.get("token", "")))

    def _revoke(self, request: HttpRequest) -> Response:
        self._oauth.revoke(request.form.get("token", ""))
        return Response(200)

    def _authorize(self, request: HttpRequest) -> Response:
        """Login page, then consent page, then back to the app."""
        if request.method == "GET":
            return self._login_page(request.query)
        form = request.form
        if form.get("step") == "login":
            return self._consent_page(form)
        if form.get("decision") != "allow":
            return _redirect(self._oauth.deny(form))
        return self._allow(form)

    def _login_page(self, query: dict[str, str]) -> Response:
        try:
            self._oauth.check_authorize(query)
        except OAuthError as error:
            words = str(error.body["error_description"])
            return Response(400, Html(pages.error_page(str(error.body["error"]), words)))
        return Response(200, Html(pages.login_page(query, self._users())))

    def _consent_page(self, form: dict[str, str]) -> Response:
        own = ("step", "username", "password")
        query = {name: value for name, value in form.items() if name not in own}
        return Response(200, Html(pages.consent_page(query, form.get("username", ""))))

    def _allow(self, form: dict[str, str]) -> Response:
        user = self._org.active_user(form.get("username", ""))
        if user is None:
            return Response(400, Html(pages.error_page("invalid_grant", "authentication failure")))
        return _redirect(self._oauth.allow(form, str(user["Id"])))

    def _users(self) -> list[tuple[str, str]]:
        """(username, name) of those who may log in."""
        rows = self._org.rows["User"].values()
        return [(str(row["Username"]), str(row["Name"])) for row in rows if row["IsActive"]]


def _redirect(where: str) -> Response:
    return Response(302, headers={"Location": where})
