"""The column names of other tools' exports, in their languages, for each place in a prospect: a new
name is one more word in a line. Reads no table; `tables` does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TypeAlias

#: Where a value belongs in a prospect, as keys from the outside in.
Path: TypeAlias = "tuple[str, ...]"

#: Names for each place, besides its own dotted name, as a text that `|` separates. Each line is a
#: language or a family of them: English and the tools that export in it (LinkedIn, Sales Navigator,
#: Apollo, Lusha, Cognism, HubSpot, Outlook, Google Contacts), German, French, Spanish, Italian and
#: Portuguese, Swedish, Danish and Norwegian, Dutch, Polish, Finnish.
_NAMES: Mapping[Path, Sequence[str]] = {
    ("id",): ("prospect id|person id|contact id|lead id|record id",),
    ("first_name",): (
        "first|forename|given name|firstname",
        "vorname|prénom|nombre|nome|primeiro nome|förnamn|fornavn|voornaam|imię|etunimi",
    ),
    ("last_name",): (
        "last|surname|family name|lastname",
        "nachname|familienname|nom|nom de famille|apellido|apellidos|cognome|sobrenome|apelido",
        "efternamn|efternavn|etternavn|achternaam|nazwisko|sukunimi",
    ),
    ("email",): (
        "e-mail|mail|email address|e-mail address|work email|business email|primary email",
        "e-mail 1 value|corporate email|professional email|contact email",
        "e-mail-adresse|mailadresse|adresse e-mail|adresse mail|courriel|e-mail professionnel",
        "correo|correo electrónico|posta elettronica|indirizzo e-mail|endereço de e-mail",
        "e-post|e-postadress|e-postadresse|e-mailadres|adres e-mail|sähköposti",
    ),
    ("phone",): (
        "telephone|phone number|mobile|mobile phone|mobile phone number|direct phone|direct",
        "direct dial|work direct phone|business phone|work phone|cell|cell phone|phone 1 value",
        "telefon|telefonnummer|mobil|mobiltelefon|mobilnummer|handy|téléphone|portable",
        "teléfono|móvil|telefono|cellulare|telefone|celular|telemóvel",
        "telefoon|telefoonnummer|mobiel|numer telefonu|puhelin|puhelinnumero",
    ),
    ("title",): (
        "job title|position|role|job|occupation|organization title|organization 1 title",
        "current title|jobtitel|stelle|berufsbezeichnung|funktion|poste|fonction",
        "intitulé du poste|cargo|puesto|ruolo|qualifica|titel|befattning|roll|stilling|tittel",
        "functie|functietitel|stanowisko|tehtävänimike",
    ),
    ("linkedin_url",): (
        "linkedin|linkedin profile|linkedin profile url|profile url|person linkedin url",
        "contact linkedin url|default profile url|linkedin profile link|linkedin bio",
        "linkedin-profil|profil linkedin|perfil de linkedin",
    ),
    ("location", "city"): (
        "city|town|mailing city|contact city|address 1 city|person city",
        "stadt|ort|wohnort|ville|ciudad|città|cidade|stad|by|plaats|miasto|kaupunki",
    ),
    ("location", "region"): (
        "region|state|province|state/region|mailing state|contact state|person state",
        "bundesland|région|provincia|estado|regione|regio|län|fylke|provincie|województwo",
    ),
    ("location", "country"): (
        "country|country/region|mailing country|contact country|address 1 country|person country",
        "land|pays|país|paese|kraj|maa",
    ),
    ("location", "country_code"): ("country code|ländercode|landkod|code pays",),
    ("company", "id"): ("account id",),
    ("company", "name"): (
        "company|account|account name|organisation|organization|organization name|employer",
        "organization 1 name|associated company|primary company|current company",
        "firma|firmenname|unternehmen|unternehmensname|arbeitgeber|entreprise|société",
        "nom de l'entreprise|empresa|compañía|nombre de la empresa|azienda|società",
        "nome da empresa|företag|företagsnamn|virksomhed|virksomhet|bedrift|selskap|bedrijf",
        "bedrijfsnaam|nazwa firmy|yritys",
    ),
    ("company", "domain"): ("domain|web domain|email domain|company domain name|domäne|domän",),
    ("company", "website"): (
        "website|web site|url|homepage|website url|web page|website 1 value|company url",
        "regular company url|webseite|internetseite|site web|site internet|sitio web|página web",
        "sito web|site da empresa|webbplats|hemsida|hjemmeside|nettside|strona www|verkkosivu",
    ),
    ("company", "linkedin_url"): ("company linkedin|company page|company linkedin profile",),
    ("company", "industry"): (
        "industry|company main industry|primary industry|company industries",
        "branche|wirtschaftszweig|secteur|secteur d'activité|sector|industria|settore|setor",
        "bransch|bransje|branża|toimiala",
    ),
    ("company", "employees"): (
        "employees|number of employees|# employees|company size|headcount|employee count",
        "company headcount|company employee count|mitarbeiter|mitarbeiterzahl|mitarbeiteranzahl",
        "anzahl mitarbeiter|effectif|effectifs|nombre d'employés|empleados|número de empleados",
        "dipendenti|numero di dipendenti|funcionários|número de funcionários",
        "anställda|antal anställda|ansatte|antal ansatte|antall ansatte|medewerkers",
        "aantal medewerkers|liczba pracowników",
    ),
    ("company", "phone"): ("company telephone|company phone number|corporate phone|office phone",),
    ("company", "address", "street"): (
        "street|company street|street address|business street|company address",
        "straße|rue|calle|via|rua|gata|gatuadress|gade|straat|ulica|katuosoite",
    ),
    ("company", "address", "city"): ("company city|business city|company hq city",),
    ("company", "address", "region"): ("company region|company state|business state",),
    ("company", "address", "postal_code"): (
        "postal code|postcode|zip|zip code|business postal code|company zip|address 1 postal code",
        "plz|postleitzahl|code postal|código postal|cap|cep|postnummer|postnr|kod pocztowy",
        "postinumero",
    ),
    ("company", "address", "country"): (
        "company country|business country|business country/region|company hq country",
    ),
}
#: One name for the whole person: used where the table has no other column for the name.
_WHOLE_NAMES = (
    "name|full name|person|prospect|contact|contact name|vollständiger name|nom complet"
    "|nombre completo|nome completo|fullständigt namn|namn|navn|naam|fuld navn|fullt navn"
)


def plain_name(name: str) -> str:
    """A column's name without case, accents, punctuation and spaces: `E-Mail Address` is
    `emailaddress`."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]+", "", letters)


def _places() -> dict[str, Path]:
    """From each plain name to its place. A place's last key counts unless another place or a whole
    person has that name."""
    places: dict[str, Path] = {plain_name(path[-1]): path for path in _NAMES}
    for name in _WHOLE:
        places.pop(name, None)
    for path in _NAMES:
        for name in (".".join(path), *names_of(path)):
            places[plain_name(name)] = path
    return places


def names_of(path: Path) -> list[str]:
    """The names for a place, besides its own."""
    return [name for line in _NAMES[path] for name in line.split("|")]


PATHS = tuple(_NAMES)
_WHOLE = frozenset(map(plain_name, _WHOLE_NAMES.split("|")))
_PLACES = _places()


def known_places(names: Sequence[str]) -> list[Path | None]:
    """The known places of those columns. A whole name counts only if no column has the first or
    last name."""
    known = [_PLACES.get(plain_name(name)) for name in names]
    if ("first_name",) in known or ("last_name",) in known:
        return known
    return [place or _whole_name(name) for name, place in zip(names, known, strict=True)]


def _whole_name(name: str) -> Path | None:
    """The place of a column with the whole name. It is never split: where the family name begins
    would be a guess."""
    return ("last_name",) if plain_name(name) in _WHOLE else None


def similar_name(name: str) -> str | None:
    """The known place whose name is most similar, or None."""
    close = get_close_matches(plain_name(name), _PLACES, n=1, cutoff=0.75)
    return ".".join(_PLACES[close[0]]) if close else None
