"""An owner that a rule maps, from the hook to the entry's history."""

from __future__ import annotations

import pytest

from tests.bad_input.place import USER, Place
from zsf_plugin.messages.text import step_text
from zsf_plugin.model import Json


def queue(place: Place) -> str:
    values = {"Name": "Inbound", "DeveloperName": "Inbound", "Type": "Queue"}
    return str(place.control("POST", "records/Group", values)["id"])


def story(place: Place, entry_id: str) -> str:
    return "\n".join(step_text(step) for step in place.entry(entry_id).steps)


def user(place: Place, **others: Json) -> str:
    values: dict[str, Json] = {
        "Username": USER["email"],
        "Email": USER["email"],
        "LastName": "Seller",
        "IsActive": True,
        "UserType": "Standard",
        **others,
    }
    return str(place.control("POST", "records/User", values)["id"])


@pytest.mark.parametrize("owner", ["from = false", 'from = "user.email"'])
@pytest.mark.parametrize(
    "how", ['value = "{}"', "from = \"'{}'\"", 'default = "{}", from = "prospect.nothing"']
)
def test_a_mapped_owner_is_kept_and_reported_as_such(place: Place, owner: str, how: str) -> None:
    sales = queue(place)
    mapped = how.format(sales)
    place.rule(
        f'[owner]\n{owner}\n[fields.Lead]\nOwnerId = {{ {mapped}, overwrite = "on_create" }}\n'
    )
    user(place)
    place.connect()
    receipt = place.purchase("e1")
    place.drain()
    found = story(place, str(receipt["entry"]))
    assert [lead["OwnerId"] for lead in place.leads()] == [sales]
    assert f"owned by {sales}, which a rule maps to OwnerId" in found
    assert "no owner sent" not in found


def test_a_mapped_owner_that_does_not_fit_falls_back_to_the_user(place: Place) -> None:
    place.rule('[fields.Lead]\nOwnerId = { value = "Sales queue" }\n')
    seller = user(place)
    place.connect()
    receipt = place.purchase("e1")
    place.drain()
    assert place.leads()[0]["OwnerId"] == seller
    assert f"owned by user {seller}" in story(place, str(receipt["entry"]))


@pytest.mark.parametrize("misfit", ["leave_out", "hold"])
@pytest.mark.parametrize("with_others", [True, False])
def test_an_inactive_owner_that_a_rule_maps_is_left_out(
    place: Place, misfit: str, with_others: bool
) -> None:
    gone = user(place, Username="gone@acme.example", Email="gone@acme.example", IsActive=False)
    seller = user(place)
    place.rule(f'[fields.Lead.OwnerId]\nfrom = "prospect.custom.owner"\nmisfit = "{misfit}"\n')
    place.connect()
    receipt = place.purchase("e1", custom={"owner": gone})
    if with_others:
        place.purchase("e2", id="p2", last_name="Two", email="two@two.example")
    place.drain()
    entry = place.entry(receipt["entry"])
    found = story(place, entry.id)
    owners = [lead["OwnerId"] for lead in place.leads()]
    if misfit == "hold":
        assert entry.state == "held"
        assert entry.cause is not None
        assert entry.cause.code == "INACTIVE_OWNER_OR_USER"
    else:
        assert entry.state == "done"
        assert (
            "OwnerId left out: Salesforce refused the value (INACTIVE_OWNER_OR_USER: the owner is inactive)"
            in found
        )
        assert f"owned by user {seller}" in found
    assert owners == [seller] * (with_others + (misfit == "leave_out"))


def test_an_owner_that_a_rule_changes_on_an_existing_record_is_reported(place: Place) -> None:
    place.connect()
    place.purchase("e1")
    place.drain()
    seller = user(place)
    place.rule(f'[fields.Lead]\nOwnerId = {{ value = "{seller}", overwrite = "always" }}\n')
    receipt = place.purchase("e2", title="Countess")
    place.drain()
    assert place.leads()[0]["OwnerId"] == seller
    assert f"owned by {seller}, which a rule maps" in story(place, str(receipt["entry"]))
