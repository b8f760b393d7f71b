"""Made-up people and an org for a full console: accents, long names, right-to-left names, quotes,
blanks."""

from __future__ import annotations

from typing import Any

from tests.fakes.id_fields import FIELDS
from zsf_plugin.emulator import OrgSpec

#: id, first name, last name, title, company, domain, industry, city, country, country code.
_ROWS = """
p1|Ragnhildur|Þorsteinsdóttir|Chief Financial Officer and Deputy Chief Executive|Norðurljós Orka hf.|nordurljos.example|Energy|Reykjavík|Iceland|IS
p2|Tadhg|Šimek|Head of Procurement|Kestrel Fjord Logistics GmbH|kestrel-fjord.example|Manufacturing|Hamburg|Germany|DE
p3|Maximiliane|von Hohenstein-Wiedenbrück|Leiterin Qualitätssicherung|Brøndby Precision A/S|brondby-precision.example|Manufacturing|Brøndby|Denmark|DK
p4|José-María|Núñez Peralta|Director de Operaciones|Almendro Foods S.L.|almendro.example|Manufacturing|Sevilla|Spain|ES
p5|Ngozi|Adébáyò-Whitfield|VP Sales|Harbour & Loom Ltd|harbour-loom.example|Manufacturing|Leeds|United Kingdom|GB
p6|Siobhán|Ó Dochartaigh|Marketing Manager|Inishowen Software|inishowen.example|Technology|Derry|Ireland|IE
p7|Żaneta|Błaszczykowska|Prezes Zarządu|Żuraw i Synowie sp. z o.o.|zuraw.example|Manufacturing|Gdańsk|Poland|PL
p8|Wim|van der Steen|Inkoper|De Steen & Zn.|desteen.example|Energy|Zwolle|Netherlands|NL
p9|Anaïs|Lefèvre-Okonkwo|Directrice des systèmes d’information|Vantage Orchard Inc.|vantage-orchard.example|Sofware|Lyon|France|FR
p10|Eoghan|Mac Giolla Phádraig|CTO|Lough Data|loughdata.example|Technology|Galway|Ireland|IE
p11|محمد|عبد الرحمن الأنصاري|مدير المشتريات|شركة النور للطاقة|alnoor-energy.example|Energy|دبي|United Arab Emirates|AE
p12|נועה|בן־דוד|סמנכ״לית מכירות|אורן תוכנה בע״מ|oren-soft.example|Technology|תל אביב|Israel|IL
p13|Wolfeschlegelsteinhausenbergerdorff-Maximilian|Featherstonehaugh-Cholmondeley-Marjoribanks|Deputy Assistant Regional Vice President of International Strategic Partnerships, Alliances and Ecosystem Development|The Very Long Company Name That Someone Registered Without Thinking of Anybody’s Screen Holdings International (Nederland) B.V.|very-long-company-name-that-someone-registered-without-thinking.example|Technology|Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch|United Kingdom|GB
p14|Robert"); DROP TABLE|O'Brien <b>|Buyer "EMEA" & more|Quotes, "Ltd" & <Sons>|quotes.example|Healthcare|Boston|United States|US
p15|佐藤|葵|営業部長|株式会社ひまわり|himawari.example|Healthcare|大阪|Japan|JP
p16|Amaïa|Etxeberria-Lindqvist|Sales Operations|Sofware House Åre|sofware-house.example|Sofware|Åre|Sweden|SE
p17|Björn|Öström|Produktchef|Öström Mjukvara AB|ostrom.example|Sofware|Umeå|Sweden|SE
p18|Leocadia|Przybyszewska|Analityk|Kod i Chmura|kod-chmura.example|Sofware|Łódź|Poland|PL
p19|Chiara|D’Alessandro|Responsabile acquisti|Sofware Torino|sofware-torino.example|Sofware|Torino|Italy|IT
p20|Oluwaseun|Bankole|Head of Growth|Lagos Leap|lagos-leap.example|Technology|Lagos|Nigeria|NG
p21|Sam|Okoro|Operations|Delta Harbour|deltaharbour.example|Energy|Rotterdam|Netherlands|NL
p22|Pieter|de Wit|Praktikant|De Wit Energie|dewit.example|Energy|Utrecht|Netherlands|NL
p23|Lena|Kühn|Praktikant|Kühn Optik|kuehn.example|Healthcare|Jena|Germany|DE
p24|Zoë|Nakamura-O’Sullivan|COO|Blue Heron Health|blue-heron.example|Healthcare|Cork|Ireland|IE
p25|Łukasz|Wiśniewski|Inżynier|Wiśniewski Napędy|napedy.example|Manufacturing|Poznań|Poland|PL
p26|Ada|Ng|CEO|Ng|ng.example|Technology|Singapore|Singapore|SG
p27|Kaarina|Mäki-Petäjä|Toimitusjohtaja|Mäki Oy|maki.example|Manufacturing|Oulu|Finland|FI
p29|Gwenllian|Llewellyn-Bowen|Purchasing Director|Afon Energy|afon.example|Energy|Aberystwyth|United Kingdom|GB
p30|Dragoș|Țepeș|Inginer șef|Brașov Motors|brasov-motors.example|Manufacturing|Brașov|Romania|RO
p31|Jón|Jónsson|Innkaupastjóri|Jökull hf.|jokull.example|Energy|Akureyri|Iceland|IS
p28|Ioana|Ștefănescu|Director comercial|Ștefănescu & Fiii SRL|stefanescu.example|Energy|Iași|Romania|RO
"""
_KEYS = ("id", "first_name", "last_name", "title")
INGRID = {"id": "u1", "email": "ingrid@fjord.example", "name": "Ingrid Solberg"}
TOMAS = {"id": "u2", "email": "TOMAS@fjord.example", "name": "Tomás Prieto"}
SAM = {"id": "u3", "email": "sam@zaplify.example", "name": "Zoë Nakamura-O’Sullivan"}
SELLERS = (INGRID, TOMAS, SAM)


def people() -> dict[str, dict[str, Any]]:
    """Prospects by their id, as a host sends them."""
    return {row.partition("|")[0]: _person(row.split("|")) for row in _ROWS.strip().splitlines()}


def _person(row: list[str]) -> dict[str, Any]:
    number = int(row[0].removeprefix("p"))
    company, domain, industry, city, country, code = row[4:]
    return {
        **dict(zip(_KEYS, row, strict=False)),
        "email": f"person{number}@{domain}",
        "phone": f"+46 8 555 01 {number:02}",
        "linkedin_url": f"https://linkedin.example/in/person-{number}-with-a-rather-long-address",
        "location": {"city": city, "country": country, "country_code": code},
        "company": {
            "id": f"c{number}",
            "name": company,
            "domain": domain,
            "industry": industry,
            "employees": 12 * number,
        },
        "custom": {"seniority": "C-level" if number % 3 else "Manager", "score": number},
    }


def org() -> OrgSpec:
    """A sandbox with custom fields of many types, people who exist there, and validation rules."""
    known = people()
    contacts = [
        {
            "FirstName": "Ragnhildur",
            "LastName": "Thorsteinsdóttir",
            "Email": known["p1"]["email"],
            "Title": "CFO",
            "MobilePhone": "+354 555 0100",
            "AccountId": "$nord",
        },
        {
            "FirstName": "José María",
            "LastName": "Núñez Peralta",
            "Email": known["p4"]["email"],
            "Title": "Director de Operaciones",
            "AccountId": "$almendro",
        },
        {
            "FirstName": "Jose M.",
            "LastName": "Nunez",
            "Email": known["p4"]["email"],
            "Title": "Operations",
            "AccountId": "$almendro",
        },
        {"FirstName": "J. M.", "LastName": "Núñez", "Email": known["p4"]["email"]},
        {
            "FirstName": "Sam",
            "LastName": "Okoro",
            "Email": known["p21"]["email"],
            "AccountId": "$delta",
        },
        {"FirstName": "Samuel", "LastName": "Okoro", "Email": known["p21"]["email"]},
        {
            "FirstName": "Ngozi",
            "LastName": "Adébáyò-Whitfield",
            "Email": known["p5"]["email"],
            "Title": "VP Sales",
        },
    ]
    accounts = [
        {
            "$id": "nord",
            "Name": "Norðurljós Orka hf.",
            "Website": "https://www.nordurljos.example/is",
        },
        {"$id": "almendro", "Name": "Almendro Foods S.L.", "Website": "almendro.example"},
        {"$id": "delta", "Name": "Delta Harbour", "Website": "deltaharbour.example"},
    ]
    leads = [
        {
            "FirstName": "Eoghan",
            "LastName": "Mac Giolla Phádraig",
            "Company": "Lough Data",
            "Email": known["p10"]["email"],
        }
    ]
    users = [
        {
            "Username": "admin@fjord.example",
            "Email": "admin@fjord.example",
            "FirstName": "Amaïa",
            "LastName": "Etxeberria-Lindqvist",
        },
        {
            "Username": "ingrid@fjord.example",
            "Email": "ingrid@fjord.example",
            "FirstName": "Ingrid",
            "LastName": "Solberg",
        },
        {
            "Username": "tomas@fjord.example",
            "Email": "tomas@fjord.example",
            "FirstName": "Tomás",
            "LastName": "Prieto",
        },
    ]
    industries = {
        "values": ["Technology", "Manufacturing", "Healthcare", "Energy"],
        "restricted": True,
    }
    return OrgSpec(
        seed=1,
        name="Hällström & Vale AB",
        is_sandbox=True,
        users=users,
        fields=_fields(),
        records={"Account": accounts, "Contact": contacts, "Lead": leads},
        picklists={"Lead.Industry": industries, "Account.Industry": industries},
        validation_rules=[
            {
                "object": "Contact",
                "field": "Title",
                "equals": "Praktikant",
                "message": "Interns are not entered (sales policy, § 4).",
            }
        ],
        daily_limit=20_000,
    )


#: API name, label, type, length.
_CUSTOM = """
LinkedIn_Profile__c|LinkedIn profile|url|255
Personal_Link__c|Personal web link|string|120
Source_Link__c|Source link|url|255
LinkedIn_Connections__c|LinkedIn connections|double|6
Seniority__c|Level|picklist|255
Consent_Given__c|Consent given|boolean|0
Score__c|Score|double|4
First_Seen__c|First seen|date|0
Notes_From_Sales__c|Notes from sales, which people wrote by hand over the years|textarea|32000
"""


def _fields() -> list[dict[str, Any]]:
    keys = [{**field, "label": "Zaplify ID"} for field in FIELDS]
    custom = []
    for row in _CUSTOM.strip().splitlines():
        name, label, kind, length = row.split("|")
        more = (
            {"picklist": ["Manager", "Director"], "restricted": True} if kind == "picklist" else {}
        )
        custom += [
            {
                "object": object_,
                "name": name,
                "label": label,
                "type": kind,
                "length": int(length),
                **more,
            }
            for object_ in ("Contact", "Lead")
        ]
    many = [
        {
            "object": object_,
            "name": f"Extra_{number}__c",
            "label": f"Extra field {number}",
            "type": "string",
            "length": 80,
        }
        for object_ in ("Contact", "Lead", "Account")
        for number in range(1, 121)
    ]
    return [*keys, *custom, *many]
