"""Exports of common tools, in several languages, are read as they come."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from zsf_plugin.console.search.headings import PATHS, names_of, plain_name
from zsf_plugin.console.search.parsing import parse_prospects

ADA = {"first_name": "Ada", "last_name": "Byron", "email": "ada@engine.example"}

#: What is exported, its header row and one row, and what is read of it.
EXPORTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "LinkedIn": (
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
        "Ada,Byron,https://www.linkedin.com/in/ada,ada@engine.example,Engine Ltd,CTO,12 Nov 2026",
        {
            **ADA,
            "linkedin_url": "https://www.linkedin.com/in/ada",
            "company": {"name": "Engine Ltd"},
            "title": "CTO",
            "custom": {"Connected On": "12 Nov 2026"},
        },
    ),
    "Apollo": (
        "First Name,Last Name,Title,Company Name,Email,Work Direct Phone,# Employees,Industry,"
        "Person Linkedin Url,Website,Company Linkedin Url,City,State,Country,Company City",
        'Ada,Byron,CTO,Engine Ltd,ada@engine.example,+44 20 1,"1,200",Machinery,'
        "http://www.linkedin.com/in/ada,http://engine.example,"
        "http://www.linkedin.com/company/engine,London,England,United Kingdom,Leeds",
        {
            **ADA,
            "title": "CTO",
            "phone": "+44 20 1",
            "linkedin_url": "http://www.linkedin.com/in/ada",
            "location": {"city": "London", "region": "England", "country": "United Kingdom"},
            "company": {
                "name": "Engine Ltd",
                "employees": 1200,
                "industry": "Machinery",
                "website": "http://engine.example",
                "linkedin_url": "http://www.linkedin.com/company/engine",
                "address": {"city": "Leeds"},
            },
        },
    ),
    "Lusha": (
        "First Name,Last Name,Job Title,Company Name,Company Domain,Work Email,Direct Phone,"
        "LinkedIn Profile URL,Company Main Industry",
        "Ada,Byron,CTO,Engine Ltd,engine.example,ada@engine.example,+44 20 1,in/ada,Machinery",
        {
            **ADA,
            "title": "CTO",
            "phone": "+44 20 1",
            "linkedin_url": "in/ada",
            "company": {
                "name": "Engine Ltd",
                "domain": "engine.example",
                "industry": "Machinery",
            },
        },
    ),
    "Cognism": (
        "First Name,Last Name,Job Title,Email,Direct,Mobile,Person LinkedIn URL,Company Name",
        "Ada,Byron,CTO,ada@engine.example,,+44 7 1,in/ada,Engine Ltd",
        {
            **ADA,
            "title": "CTO",
            "phone": "+44 7 1",
            "linkedin_url": "in/ada",
            "company": {"name": "Engine Ltd"},
        },
    ),
    "HubSpot": (
        "Record ID,First Name,Last Name,Email,Phone Number,Associated Company,Country/Region",
        "4711,Ada,Byron,ada@engine.example,+44 20 1,Engine Ltd,United Kingdom",
        {
            **ADA,
            "id": "4711",
            "phone": "+44 20 1",
            "company": {"name": "Engine Ltd"},
            "location": {"country": "United Kingdom"},
        },
    ),
    "Outlook": (
        "First Name,Last Name,Company,Job Title,Business Street,Business Postal Code,"
        "Business Phone,E-mail Address,Web Page",
        "Ada,Byron,Engine Ltd,CTO,Mill Lane 1,LS1,+44 20 1,ada@engine.example,engine.example",
        {
            **ADA,
            "title": "CTO",
            "phone": "+44 20 1",
            "company": {
                "name": "Engine Ltd",
                "website": "engine.example",
                "address": {"street": "Mill Lane 1", "postal_code": "LS1"},
            },
        },
    ),
    "Google Contacts": (
        "Given Name,Family Name,E-mail 1 - Value,Phone 1 - Value,Organization Name,"
        "Organization Title,Website 1 - Value",
        "Ada,Byron,ada@engine.example,+44 20 1,Engine Ltd,CTO,engine.example",
        {
            **ADA,
            "title": "CTO",
            "phone": "+44 20 1",
            "company": {"name": "Engine Ltd", "website": "engine.example"},
        },
    ),
    "Sales Navigator": (
        "firstName,lastName,title,companyName,linkedInProfileUrl,email",
        "Ada,Byron,CTO,Engine Ltd,in/ada,ada@engine.example",
        {**ADA, "title": "CTO", "linkedin_url": "in/ada", "company": {"name": "Engine Ltd"}},
    ),
}
#: A language's words for: first and last name, e-mail address, company, title, phone, country.
LANGUAGES = {
    "German": "Vorname;Nachname;E-Mail-Adresse;Unternehmen;Position;Telefonnummer;Land",
    "French": "Prénom;Nom;Adresse e-mail;Société;Intitulé du poste;Téléphone;Pays",
    "French, without accents": "Prenom;NOM;Adresse e-mail;Societe;Poste;Telephone;PAYS",
    "Spanish": "Nombre;Apellidos;Correo electrónico;Empresa;Cargo;Teléfono;País",
    "Italian": "Nome;Cognome;Posta elettronica;Azienda;Ruolo;Telefono;Paese",
    "Portuguese": "Nome;Sobrenome;E-mail;Empresa;Cargo;Telefone;País",
    "Swedish": "Förnamn;Efternamn;E-postadress;Företag;Titel;Telefon;Land",
    "Danish": "Fornavn;Efternavn;E-mail;Virksomhed;Stilling;Telefonnummer;Land",
    "Norwegian": "Fornavn;Etternavn;E-post;Bedrift;Tittel;Mobil;Land",
    "Dutch": "Voornaam;Achternaam;E-mailadres;Bedrijfsnaam;Functietitel;Telefoon;Land",
    "Polish": "Imię;Nazwisko;Adres e-mail;Nazwa firmy;Stanowisko;Numer telefonu;Kraj",
    "Finnish": "Etunimi;Sukunimi;Sähköposti;Yritys;Tehtävänimike;Puhelin;Maa",
}


def read(text: str) -> dict[str, Any]:
    (row,) = parse_prospects(text).rows
    return {name: value for name, value in row.prospect.items() if value != "pasted:2"}


@pytest.mark.parametrize("tool", EXPORTS)
def test_the_export_of_a_tool_is_read(tool: str) -> None:
    heading, row, expected = EXPORTS[tool]
    assert read(f"{heading}\n{row}") == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_export_in_another_language_is_read(language: str) -> None:
    parsed = parse_prospects(f"{LANGUAGES[language]}\nA;B;c@d.example;E;F;7;G")
    assert parsed.findings == ()
    assert dict(parsed.rows[0].prospect) == {
        "id": "pasted:2",
        "first_name": "A",
        "last_name": "B",
        "email": "c@d.example",
        "company": {"name": "E"},
        "title": "F",
        "phone": "7",
        "location": {"country": "G"},
    }


def test_no_name_stands_for_two_places() -> None:
    names = Counter(name for path in PATHS for name in {*map(plain_name, names_of(path))})
    assert [name for name, times in names.items() if times > 1] == []


LINKEDIN = f"""Notes:
"When exporting your connection data, you may notice that some of the email addresses are missing. \
You will only see email addresses for connections who have allowed it, see ""Who can see it""."

{EXPORTS["LinkedIn"][0]}
{EXPORTS["LinkedIn"][1]}
"""


def test_linkedins_notes_above_its_header_row_are_named_and_passed_over() -> None:
    parsed = parse_prospects(LINKEDIN)
    assert [row.prospect["email"] for row in parsed.rows] == ["ada@engine.example"]
    assert parsed.findings[0].text.startswith("Lines 1 to 3 stand above the header row")


def test_the_delimiter_is_that_of_the_header_row_below_notes() -> None:
    (row,) = parse_prospects("sep=;\nVorname;Nachname\nAda;Byron").rows
    assert (row.first, row.prospect["first_name"]) == (3, "Ada")


def test_below_a_header_row_no_line_is_another_one() -> None:
    parsed = parse_prospects("email\nada@engine.example\nFirst Name,Last Name")
    assert [row.first for row in parsed.rows] == [2]
    assert [finding.first for finding in parsed.findings] == [3]
