"""The words of alerts: subject and text of an e-mail, by kind. They name the workspace and numbers,
never a person or a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class AlertWords(NamedTuple):
    """Templates over `workspace`, `held`, `waiting` and `pause`: while it lasts, and once it is
    over."""

    subject: str
    text: str
    resolved_subject: str
    resolved_text: str


ALERT_WORDS: Mapping[str, AlertWords] = {
    "sign_in_ended": AlertWords(
        "Salesforce sign-in ended ({workspace})",
        "The Salesforce sign-in of workspace {workspace} has ended, so nothing is sent. Waiting "
        "entries: {waiting}; nothing is lost.\n\nWhat to do: sign in again, on the console's page "
        "Connection (Reconnect) or with `zsf connect`.",
        "Salesforce sign-in works again ({workspace})",
        "Workspace {workspace} is signed in to Salesforce again. Waiting entries: {waiting}.",
    ),
    "entries_held": AlertWords(
        "Held entries: {held} ({workspace})",
        "Salesforce refused entries of workspace {workspace}; held now: {held}.\n\nWhat to do: "
        "open the console's page Held, which groups them by cause and says how to fix each, or run "
        "`zsf outbox list --state held`.",
        "Few entries are held again ({workspace})",
        "Held entries of workspace {workspace}: {held}.",
    ),
    "sync_paused": AlertWords(
        "Salesforce sync is paused ({workspace})",
        "Workspace {workspace} has sent nothing for a while: {pause}. Waiting entries: {waiting}; "
        "nothing is lost.\n\nWhat to do: the console's page Activity, or `zsf status`, says when "
        "sending continues.",
        "Salesforce sync continues ({workspace})",
        "Workspace {workspace} is no longer paused. Waiting entries: {waiting}.",
    ),
}
#: Instead of what is said once an incident of the connection is over: it was ended.
DISCONNECTED_SUBJECT = "Salesforce was disconnected ({workspace})"
DISCONNECTED_TEXT = (
    "Workspace {workspace} was disconnected from Salesforce, so nothing is sent until it is "
    "connected again. Waiting entries: {waiting}; nothing is lost."
)
TEST_SUBJECT = "Test alert"
TEST_TEXT = "This is a test from `zsf alerts --test`. Alerts arrive."
