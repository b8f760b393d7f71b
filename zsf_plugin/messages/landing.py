"""Texts of the page that a sign-in ends on, by the code of why it failed. Data and rendering
only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from zsf_plugin.messages.shape import CodedReason, TemplateValues


class LandingWords(NamedTuple):
    """What a page says about a failed sign-in: what happened, more about it, and what to do.

    `steps` are instructions to copy for someone else; `action` labels the button."""

    title: str
    text: str = ""
    advice: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    action: str = "Try again"


_TOOK_TOO_LONG = LandingWords(
    "This sign-in took too long.", "Salesforce’s answer came after more than ten minutes."
)
_WRONG_ADDRESS = LandingWords(
    "Salesforce doesn’t allow the address of Zaplify’s server.",
    steps=(
        "In Salesforce, as an administrator: Setup → Profiles → this user’s profile → Login IP "
        "Ranges: add the address of Zaplify’s server.",
        "Setup → Connected Apps OAuth Usage → Zaplify’s app → Manage App Policies → IP Relaxation: "
        "relax it, or add the address to the app’s list.",
    ),
)
_NOT_ALLOWED = LandingWords(
    "Your Salesforce admin must allow Zaplify first.",
    "Send them these steps.",
    steps=(
        "In Salesforce, as an administrator: Setup → Connected Apps OAuth Usage.",
        "Find Zaplify’s app and choose Install. If it is blocked, choose Unblock.",
        "Manage App Policies → Permitted Users: allow all users to self-authorize, or allow this "
        "user’s profile.",
        "Then try again here.",
    ),
)
#: By the code of a failed sign-in; any other code uses `unlisted`.
LANDING_WORDS: Mapping[str, LandingWords] = {
    "unlisted": LandingWords("Salesforce refused the sign-in.", "{why}"),
    "unavailable": LandingWords("Salesforce didn’t answer.", "{reason}"),
    "app": LandingWords("Salesforce doesn’t accept Zaplify’s app.", "{findings}"),
    "refused": LandingWords(
        "You didn’t allow access.",
        "Without it, Zaplify can’t work with Salesforce.",
        ("Try again and choose Allow on Salesforce’s page.",),
    ),
    "not_completed": LandingWords(
        "Nobody signed in.", advice=("Try again, sign in and choose Allow on Salesforce’s page.",)
    ),
    "scope": LandingWords(
        "Zaplify’s app lacks a permission that it needs.",
        steps=(
            "In Salesforce, as an administrator: Setup → External Client App Manager → Zaplify’s "
            "app → Settings → OAuth Settings.",
            "Selected scopes: api, refresh_token (offline_access) and id.",
            "Save, wait ten minutes, then try again here.",
        ),
    ),
    "callback": LandingWords(
        "Zaplify’s app doesn’t know this callback URL.",
        steps=(
            "In Salesforce, as an administrator: Setup → External Client App Manager → Zaplify’s "
            "app → Settings → OAuth Settings.",
            "Add exactly this callback URL: {callback}",
            "Save, wait ten minutes, then try again here.",
        ),
    ),
    "consumer_key": LandingWords(
        "Salesforce knows no app with this consumer key.",
        advice=(
            "Check the key, and that you chose the right kind of org. A new app is known after up "
            "to ten minutes.",
        ),
    ),
    "app_of_another_org": LandingWords(
        "Zaplify’s app belongs to another org.",
        "Salesforce allows it there only.",
        ("Sign in to that org, or use an app that was made in this one.",),
    ),
    "foreign_state": LandingWords("This sign-in wasn’t started here.", "Or it was used before."),
    "expired": _TOOK_TOO_LONG,
    "not_finished_here": _TOOK_TOO_LONG,
    "not_installed": _NOT_ALLOWED,
    "not_authorised": _NOT_ALLOWED,
    "blocked": _NOT_ALLOWED,
    "login_rate": LandingWords(
        "This user signed in too often.",
        "Salesforce limits the sign-ins of a user within an hour.",
        ("Try again in an hour.",),
    ),
    "login_hours": LandingWords(
        "This user may not sign in at this hour.",
        advice=("Ask your Salesforce admin to change the login hours of the profile.",),
    ),
    "address_not_allowed": _WRONG_ADDRESS,
    "address_or_hours": _WRONG_ADDRESS._replace(
        text="Or this user may not sign in at this hour.",
        steps=(
            *_WRONG_ADDRESS.steps,
            "Setup → Profiles → this user’s profile → Login Hours: allow this hour.",
        ),
    ),
    "no_api": LandingWords(
        "This Salesforce edition has no API.",
        "Zaplify can’t reach it without one.",
        (
            "Ask whoever buys your Salesforce licenses for “Web Services API”. Enterprise and "
            "above include it; Professional can add it.",
        ),
    ),
    "user_no_api": LandingWords(
        "This Salesforce user has no API access.",
        advice=(
            "Ask your Salesforce admin for the permission “API Enabled”, or sign in as another "
            "user.",
        ),
    ),
    "other_org": LandingWords(
        "You signed in to another org.",
        "This workspace belongs to {org}. You signed in to {came_from}.",
        (
            "Sign out of Salesforce in this browser, then try again.",
            "To move to the other org for good, disconnect first. Links to records stay with the "
            "old org.",
        ),
    ),
    "address_moved": LandingWords(
        "This org has another address now.",
        "Salesforce’s login service no longer answers at the old one.",
        ("Try again, choose “Use your own login address”, and enter the org’s new My Domain.",),
    ),
    "not_a_sandbox": LandingWords(
        "This is a production org, but you chose Sandbox.", action="Connect it as production"
    ),
    "not_live": LandingWords(
        "This is a sandbox, but you chose Production.", action="Connect it as a sandbox"
    ),
}


def landing_words(reason: CodedReason) -> LandingWords:
    """What the page says about a sign-in that failed for that reason."""
    words, values = LANDING_WORDS[reason.code], TemplateValues(reason.data)
    steps = tuple(step.format_map(values) for step in words.steps)
    return words._replace(text=words.text.format_map(values), steps=steps)
