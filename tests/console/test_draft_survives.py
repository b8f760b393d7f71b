"""Whatever becomes of a save: nothing that was typed into the mapping is lost, and nobody's save is
overwritten unseen."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.console.conftest import ADA
from tests.console.mapping_page import form_in
from tests.console.test_history import text_of
from zsf_plugin.console import Visitor
from zsf_plugin.console.app import build_app
from zsf_plugin.console.options import ConsoleOptions
from zsf_plugin.console.security import MAX_BYTES, SESSION_COOKIE
from zsf_plugin.errors import StoreUnavailable
from zsf_plugin.settings import Settings
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

JORG = Visitor("acme", "Jörg Öztürk", "u-2")
#: Ada's change: the title of Leads is always overwritten.
CHANGE = {"Lead.Title.overwrite": "always"}
TYPED = {"Lead.new-1.source": "=", "Lead.new-1.value": "Café “Ünï”", "Lead.new-1.to": "Fax"}


class Place:
    """A console with its CSRF checks on, and who sits in front of it."""

    def __init__(self, application: CommandApp) -> None:
        self.visitor: Visitor | None = ADA
        self.application = application
        self.client: FlaskClient = build_app(
            application.console(), ConsoleOptions(lambda _: self.visitor)
        ).test_client()

    def draft(self) -> dict[str, str]:
        """The page's form with a change in it, and a row with a fixed value."""
        form = form_in(self.client.get("/mapping").text)
        assert "Lead.Title.overwrite" in form
        return {**form, **CHANGE, **TYPED}

    def save(self, draft: dict[str, str]) -> Any:
        return self.client.post("/mapping", data=draft)

    def document(self) -> Any:
        return self.application.store.console_rule("acme")[0]


@pytest.fixture
def place(application: CommandApp) -> Place:
    return Place(application)


def carried_in(html: str) -> dict[str, str]:
    """The fields of the form that an error page has, as its button would post them."""
    form = html.partition('action="/mapping/draft"')[2].partition("</form>")[0]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {unescape(name): unescape(value) for name, value in pairs}


def go_on(place: Place, html: str) -> dict[str, str]:
    """Press the button of an error page; returns the form of the page with the draft."""
    answer = place.client.post("/mapping/draft", data=carried_in(html))
    assert answer.status_code == 200, text_of(answer.text)
    return form_in(answer.text)


def has_draft(form: dict[str, str]) -> bool:
    typed = form.get("Lead.new-1.value") == TYPED["Lead.new-1.value"]
    return form["Lead.Title.overwrite"] == "always" and typed


def test_a_save_with_an_expired_page_leads_back_to_the_draft(place: Place) -> None:
    draft = place.draft()
    place.client.delete_cookie(SESSION_COOKIE)
    answer = place.save(draft)
    assert answer.status_code == 400
    assert "still in this page" in answer.text
    form = go_on(place, answer.text)
    assert has_draft(form)
    assert place.document() == {}
    assert place.save(form).status_code == 303
    assert place.document()["fields"]["Lead"]["Title"]["overwrite"] == "always"


@pytest.mark.parametrize("path", ["/mapping", "/mapping/preview/many"])
def test_a_save_after_the_hosts_sign_in_ended_waits_for_it_in_the_page(
    place: Place, path: str
) -> None:
    draft = place.draft()
    place.visitor = None
    answer = place.client.post(path, data=draft)
    assert answer.status_code == 401
    assert "Sign in to Zaplify in another tab" in answer.text
    assert place.client.post("/mapping/draft", data=carried_in(answer.text)).status_code == 401
    place.visitor = ADA
    assert has_draft(go_on(place, answer.text))


@pytest.mark.parametrize("path", ["/mapping", "/mapping/values", "/mapping/preview/many"])
def test_a_draft_waits_in_the_page_until_its_author_may_edit_again(place: Place, path: str) -> None:
    draft = place.draft()
    place.visitor = replace(ADA, role="view")
    answer = place.client.post(path, data=draft)
    assert answer.status_code == 403
    shown = text_of(answer.text)
    assert "You can view this workspace, not change it" in shown
    assert "Go on with them once you may edit again" in shown
    again = place.client.post("/mapping/draft", data=carried_in(answer.text))
    assert again.status_code == 403
    place.visitor = ADA
    assert has_draft(go_on(place, again.text))
    assert place.document() == {}


def test_a_save_while_the_store_is_down_leads_back_to_the_draft(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = place.draft()

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as down:
        down.setattr(place.application.store, "save_console_rule", fail)
        answer = place.save(draft)
    assert answer.status_code == 503
    assert "disk full" not in answer.text
    assert has_draft(go_on(place, answer.text))


def test_a_page_opened_before_a_restart_is_saved_after_it(
    product_settings: Settings, place: Place
) -> None:
    draft = place.draft()
    restarted = Parts(product_settings)
    after = Place(CommandApp(restarted))
    cookie = place.client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    after.client.set_cookie(SESSION_COOKIE, cookie.value)
    assert after.save(draft).status_code == 303
    restarted.close()


def test_what_another_site_posts_comes_back_in_no_page(place: Place) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = place.client.post("/mapping", data=place.draft(), headers=foreign)
    assert answer.status_code == 403
    assert "Café" not in answer.text


def test_an_error_page_carries_nothing_else(place: Place) -> None:
    draft = {**place.draft(), "evil": "EVIL", "Lead.Title.to": '"><script>'}
    place.visitor = None
    answer = place.save(draft)
    assert "EVIL" not in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")
    assert place.client.post("/configuration/sync_prospects", data=draft).text.count("Café") == 0
    large = {"Lead.Title.to": "x" * MAX_BYTES}
    assert place.client.post("/mapping", data=large).status_code in (401, 413)


def others_save(place: Place, **changes: str) -> None:
    """Jörg saves the same page."""
    other = Place(place.application)
    other.visitor = JORG
    form = form_in(other.client.get("/mapping").text)
    assert other.save({**form, **{name.replace("_of_", "."): to for name, to in changes.items()}}).status_code == 303  # fmt: skip


@pytest.mark.parametrize("path", ["/mapping", "/mapping/draft"])
def test_a_second_tab_says_what_the_other_saved_and_offers_both(place: Place, path: str) -> None:
    draft = place.draft()
    others_save(place, **{"Lead.Title.overwrite": "on_create", "Lead.Email.overwrite": "always"})
    answer = place.client.post(path, data=draft)
    assert answer.status_code == (409 if path == "/mapping" else 200)
    text = text_of(answer.text)
    assert "Jörg Öztürk saved this page" in text
    assert "Your 2 changes are still here." in text
    assert "Lead: Title Job title, if blank Job title, on create only" in text
    assert "Lead: Email E-mail, if blank E-mail, always" in text
    assert "Lead: Job title Title, on create only Title, always Drop mine" in text
    assert has_draft(form_in(answer.text))


@pytest.mark.parametrize("path", ["/mapping", "/mapping/draft"])
def test_a_second_tab_with_the_same_change_has_nothing_left_to_save(
    place: Place, path: str
) -> None:
    draft = {**form_in(place.client.get("/mapping").text), **CHANGE, "back-again": "yes"}
    others_save(place, **CHANGE)
    answer = place.client.post(path, data=draft)
    text = text_of(answer.text)
    assert "Jörg Öztürk saved this page" in text
    assert "It holds what you had changed, too: nothing is left to save." in text
    assert "still here" not in text
    assert "are back" not in text
    assert "Discard drops" not in text
    assert 'id="unsaved" class="unsaved" aria-label="Unsaved changes" hidden' in answer.text


def test_saving_after_the_comparison_applies_mine_over_theirs(place: Place) -> None:
    draft = place.draft()
    others_save(place, **{"Lead.Title.overwrite": "on_create", "Lead.Email.overwrite": "always"})
    compared = form_in(place.save(draft).text)
    assert place.save(compared).status_code == 303
    fields = place.document()["fields"]["Lead"]
    assert (fields["Title"]["overwrite"], fields["Email"]["overwrite"]) == ("always", "always")


def test_dropping_one_change_takes_theirs_and_goes_on_comparing_the_rest(place: Place) -> None:
    draft = place.draft()
    others_save(place, **{"Lead.Title.overwrite": "on_create"})
    compared = form_in(place.save(draft).text)
    answer = place.client.post("/mapping/draft", data={**compared, "drop": "Lead.Title"})
    form = form_in(answer.text)
    assert form["Lead.Title.overwrite"] == "on_create"
    assert form["Lead.new-1.value"] == TYPED["Lead.new-1.value"]
    assert "Your 1 change is still here." in text_of(answer.text)


def test_the_mode_of_a_draft_can_be_dropped_too(place: Place) -> None:
    draft = {**place.draft(), "mode": "contact"}
    others_save(place, **{"Lead.Title.overwrite": "on_create"})
    compared = form_in(place.save(draft).text)
    answer = place.client.post("/mapping/draft", data={**compared, "drop": "mode"})
    assert form_in(answer.text)["mode"] == "lead"


def test_a_draft_that_nobody_overtook_is_compared_with_nothing(place: Place) -> None:
    answer = place.client.post("/mapping/draft", data=place.draft())
    assert "saved this page" not in answer.text
    assert 'name="compared"' not in answer.text


def test_what_was_saved_too_long_ago_is_not_made_up(place: Place) -> None:
    draft = {**place.draft(), "seen": "0" * 16}
    text = text_of(place.save(draft).text)
    assert "Someone else saved this page" in text
    assert "What was saved" not in text
    assert "Your unsaved changes" in text


def test_a_draft_that_a_script_brings_back_is_announced_as_unsaved(place: Place) -> None:
    answer = place.client.post("/mapping/draft", data={**place.draft(), "back-again": "yes"})
    assert "Your unsaved changes are back." in text_of(answer.text)
    assert place.document() == {}


def test_only_the_page_after_a_save_lets_the_script_forget_the_draft(place: Place) -> None:
    assert " data-saved" not in place.client.get("/mapping").text
    answer = place.save(place.draft())
    assert " data-saved" in place.client.get(answer.location).text
    assert " data-saved" not in place.client.get("/mapping").text


def test_a_draft_is_stored_for_one_person_in_one_workspace(place: Place) -> None:
    def key() -> str:
        found = re.search(r'data-kept-for="(\w+)"', place.client.get("/mapping").text)
        assert found is not None
        return found[1]

    keys = set()
    for visitor in (ADA, JORG, replace(ADA, workspace="globex")):
        place.visitor = visitor
        keys.add(key())
    assert len(keys) == 3
