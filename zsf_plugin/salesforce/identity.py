"""Whose session it is: the org and the user, asked for where the token endpoint does not name them,
as for keys without the scope `id` (salesforce-api.md §1.6). Stores nothing, parses no token.

Salesforce names both in its user info (scope `openid` or `id`), and in the list of an API version's
resources (scope `api`).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from zsf_plugin.errors import QuotaReached, ReconnectRequired, Rejected, Unavailable
from zsf_plugin.model import Json
from zsf_plugin.salesforce import addresses, answers, headers, ids, versions
from zsf_plugin.salesforce.http import Http, HttpResponse
from zsf_plugin.salesforce.oauth import TokenAnswer

_RETRY_DELAY_S = 30.0
#: A refusal of every call by the user → the sign-in's code.
_NO_API_ACCESS = {
    "api_disabled_for_org": "no_api",
    "api_currently_disabled": "user_no_api",
    "client_not_accessible_for_user": "not_installed",
}


def identified(http: Http, answer: TokenAnswer) -> TokenAnswer:
    """The answer with its org and user, asked for with its access token if it does not name them.
    Raises ReconnectRequired if Salesforce names them nowhere, Unavailable if it cannot be asked."""
    if answer.org_id:
        return answer
    org_id, user_id = _ids_of_user(http, answer) or _ids_of_version(http, answer)
    return replace(answer, org_id=org_id, user_id=user_id)


def fetch(http: Http, url: str, access: str) -> HttpResponse:
    """The answer to a read, of any status. Raises Unavailable if the org cannot be reached,
    ReconnectRequired if the user has no API access at all."""
    sent = headers.authorized(access, headers.JSON_ANSWER)
    answer = http.send("GET", url, headers=sent)
    if answer.status == 403:
        _check_allowed(answers.json_or_none(answer))
    return answer


def _ids_of_user(http: Http, answer: TokenAnswer) -> tuple[str, str] | None:
    """The ids in the user info; None if the session may not read it."""
    url = addresses.oauth(answer.instance_url, "userinfo")
    found: Json = None
    with suppress(Unavailable):
        found = answers.json_or_none(fetch(http, url, answer.access))
    named = found if isinstance(found, dict) else {}
    org_id = ids.long_id(str(named.get("organization_id")))
    user_id = ids.long_id(str(named.get("user_id")))
    return (org_id, user_id) if org_id is not None and user_id is not None else None


def _ids_of_version(http: Http, answer: TokenAnswer) -> tuple[str, str]:
    """The ids in the identity URL among a version's resources."""
    listed = versions.versions_at(http, answer.instance_url)
    version = versions.best_of(listed or [])
    if version is None:
        raise Unavailable("no_versions", _RETRY_DELAY_S)
    reply = fetch(http, addresses.resources(answer.instance_url, version), answer.access)
    try:
        body = answers.result_of(reply, writes=False)
    except QuotaReached as error:
        raise Unavailable("login", error.retry_after_s, {"status": reply.status}) from error
    except (Rejected, ReconnectRequired) as error:
        raise ReconnectRequired("no_org_named") from error
    named = ids.org_and_user(str(body.get("identity"))) if isinstance(body, dict) else None
    if named is None:
        raise ReconnectRequired("no_org_named")
    return named


def _check_allowed(refusal: Json) -> None:
    """Raise ReconnectRequired if the user has no API access at all; any other refusal is about that
    one document."""
    error = answers.error_of(403, refusal, writes=False)
    code = _NO_API_ACCESS.get(error.code) if isinstance(error, ReconnectRequired) else None
    if code is not None:
        raise ReconnectRequired(code) from error
