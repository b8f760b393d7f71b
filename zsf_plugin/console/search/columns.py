"""The heading of a pasted table: which column holds which of a prospect's values. Never reads a
row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

#: Where a value belongs in a prospect, as keys from the outside in.
Path = tuple[str, ...]

#: Names as they are written elsewhere, for each place in a prospect (its own dotted name counts as
#: well).
_ALIASES: dict[Path, tuple[str, ...]] = {
    ("id",): ("prospect id", "person id", "contact id", "lead id"),
    ("first_name",): ("first", "forename", "given name", "firstname", "vorname", "prénom"),
    ("last_name",): ("last", "surname", "family name", "lastname", "nachname"),
    ("email",): (
        "e-mail",
        "mail",
        "email address",
        "e-mail address",
        "work email",
        "business email",
    ),
    ("phone",): ("telephone", "phone number", "mobile", "mobile phone", "direct phone"),
    ("title",): ("job title", "position", "role", "job"),
    ("linkedin_url",): ("linkedin", "linkedin profile", "profile url", "person linkedin url"),
    ("location", "city"): ("city",),
    ("location", "region"): ("region", "state", "province"),
    ("location", "country"): ("country",),
    ("location", "country_code"): ("country code",),
    ("company", "id"): ("account id",),
    ("company", "name"): (
        "company",
        "account",
        "account name",
        "organisation",
        "organization",
        "employer",
    ),
    ("company", "domain"): ("domain", "web domain", "email domain"),
    ("company", "website"): ("website", "web site", "url", "homepage"),
    ("company", "linkedin_url"): ("company linkedin", "company page"),
    ("company", "industry"): ("industry",),
    ("company", "employees"): ("employees", "number of employees", "company size", "headcount"),
    ("company", "phone"): ("company telephone",),
    ("company", "address", "street"): ("street", "company street"),
    ("company", "address", "city"): ("company city",),
    ("company", "address", "region"): ("company region", "company state"),
    ("company", "address", "postal_code"): ("postal code", "postcode", "zip", "zip code"),
    ("company", "address", "country"): ("company country",),
}
#: One name for the whole person: used where the table has no other column for the name.
_WHOLE_NAMES = ("name", "full name", "person", "prospect", "contact")


def _plain(name: str) -> str:
    """A column's name without case, punctuation and spaces: `E-Mail Address` is `emailaddress`."""
    return re.sub(r"[\W_]+", "", name.casefold())


_PLACES: dict[str, Path] = {
    _plain(name): path
    for path, names in _ALIASES.items()
    for name in (*names, ".".join(path), path[-1])
} | {_plain(name): path for path, names in _ALIASES.items() for name in (".".join(path), *names)}
_WHOLE = frozenset(map(_plain, _WHOLE_NAMES))


@dataclass(frozen=True, slots=True)
class Heading:
    """A table's columns: `places` has one for each; `unknown` are the names that are none of a
    prospect's."""

    places: tuple[Path | None, ...]
    unknown: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether any column holds something of a prospect."""
        return any(place is not None and place[0] != "custom" for place in self.places)


def heading(names: Sequence[str]) -> Heading:
    """What the columns of those names hold. A name we do not know is kept under `custom`, a blank
    one nowhere."""
    known = [_PLACES.get(_plain(name)) for name in names]
    has_name = ("first_name",) in known or ("last_name",) in known
    places: list[Path | None] = []
    unknown: list[str] = []
    for name, place in zip(names, known, strict=True):
        if place is None and _plain(name) in _WHOLE and not has_name:
            place = ("last_name",)  # never cut in two: where a family name begins would be a guess
        if place is None and name.strip():
            unknown.append(name.strip())
            place = ("custom", name.strip())
        places.append(place)
    return Heading(tuple(places), tuple(unknown))


def meant(name: str) -> str | None:
    """The column's name that somebody may have meant, or None."""
    close = get_close_matches(_plain(name), list(_PLACES), n=1, cutoff=0.75)
    return ".".join(_PLACES[close[0]]) if close else None
