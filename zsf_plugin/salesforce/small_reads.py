"""Small reads that show whether Salesforce itself answers (salesforce-api.md §4.1, §9 trap 67)."""

from __future__ import annotations

from zsf_plugin.salesforce import addresses, answers
from zsf_plugin.salesforce.composites import Composite, RestRequest
from zsf_plugin.salesforce.http import HttpResponse

LIMITS = RestRequest("GET", "/limits")
#: For an allow-list before the org, which may let only what the product needs through.
QUERY = Composite(
    {"Organization": RestRequest("GET", addresses.query("SELECT Id FROM Organization"))}
)


def is_answered(answer: HttpResponse) -> bool:
    """Whether Salesforce answered either read, or refused it; other JSON is not its answer."""
    if answer.status not in answers.GOOD:
        return answers.is_salesforces(answer)
    body = answers.json_or_none(answer)
    if not isinstance(body, dict):
        return False
    has_limits = any(isinstance(entry, dict) and "Max" in entry for entry in body.values())
    return has_limits or "compositeResponse" in body
