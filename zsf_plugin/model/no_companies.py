"""Companies that name nobody: what people enter as their company when they have none.

Unlike a placeholder (`placeholders`) such a word is a real answer: it is written, and nothing
counts it as blank. But thousands share it, so no record is matched by it (docs/matching.md).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: How a person works. Also with an activity behind it: "freelance photographer".
_WORKING_ALONE = """
self employed | self employment | freelance | freelancer | freelancing | independent
| independently | sole trader | sole proprietor | sole proprietorship | solopreneur
| own business | my own business | own company | my own company | my company | business owner
| gig worker | selbstständig | selbständig | selbstständige | selbständige | selbstständiger
| selbständiger | selbständigkeit | selbstständigkeit | freiberuflich | freiberufler
| freiberuflerin | freischaffend | freischaffender | freie mitarbeit | freier mitarbeiter
| freie mitarbeiterin | einzelunternehmer | einzelunternehmerin | einzelunternehmen | unabhängig
| indépendant | indépendante | auto entrepreneur | auto entrepreneuse | auto entreprise
| micro entrepreneur | micro entreprise | à son compte | à mon compte | travailleur indépendant
| travailleuse indépendante | profession libérale | en free lance | entreprise individuelle
| autónomo | autónoma | por cuenta propia | cuenta propia | trabajador autónomo
| trabajadora autónoma | trabajador por cuenta propia | independiente | trabajador independiente
| trabajadora independiente | consultor independiente | consultora independiente | zelfstandig
| zelfstandige | zelfstandig ondernemer | zzp | zzper | zzp er | eenmanszaak
| libero professionista | libera professionista | lavoratore autonomo | lavoratrice autonoma
| in proprio | partita iva | ditta individuale | indipendente | imprenditore | egenföretagare
| egen företagare | egenföretag | eget företag | egen firma | enskild firma
| enskild näringsidkare | frilans | frilansare | frilanser | selvstændig
| selvstændig erhvervsdrivende | selvstendig | selvstendig næringsdrivende | eget firma
| egen virksomhed | egen bedrift | enkeltmandsvirksomhed | enkeltpersonforetak | yrittäjä
| itsenäinen yrittäjä | oma yritys | toiminimi | trabalhador independente
| trabalhadora independente | trabalhador autônomo | trabalhadora autônoma | independente
| por conta própria | conta própria | profissional liberal | profissional autônomo
| profissional autônoma | własna działalność | własna działalność gospodarcza
| działalność gospodarcza | samozatrudnienie | jednoosobowa działalność gospodarcza
| samozatrudniony | samozatrudniona | wolny strzelec | osvč | serbest | serbest meslek
| самозанятый | самозанятая | фрилансер | фриланс | 個人事業主 | フリーランス
| 自由职业 | 自由职业者 | 자영업 | 프리랜서
"""
#: An activity behind one of those: alone it may be part of a company's name.
_ACTIVITY = """
consultant | consultants | consulting | contractor | contracting | worker | work | professional
| advisor | adviser | designer | developer | engineer | writer | editor | author | artist
| photographer | photography | journalist | translator | interpreter | producer | director
| filmmaker | musician | recruiter | trainer | coach | teacher | tutor | marketer | copywriter
| copywriting | researcher | analyst | agent | broker | distributor | rep | representative
| architect | lawyer | accountant | bookkeeper | owner | manager | specialist | expert | berater
| beraterin | konsult | consulente | consultor | consultora | konsulent
"""
#: What may stand before such an activity.
_SUBJECT = """
graphic | web | software | data | content | it | creative | business | project | product | sales
| digital | marketing | management | financial | travel | video | film | art | senior
| technical | ux | ui | seo
"""
#: Everything else, as a whole only: a home, no work, no wish to say.
_WHOLE = """
consultant | contractor | self | entrepreneur | various | various companies | various clients
| multiple | multiple companies | multiple clients | private | private individual
| private person | individual | personal | home | at home | home office | family | myself
| none of your business | confidential | company confidential | confidential company
| confidential client | undisclosed | anonymous | stealth | in stealth | stealth mode
| in stealth mode | stealth startup | stealth start up | stealth mode startup
| stealth mode start up | startup in stealth | startup in stealth mode | stealth ai startup
| stealth company | stealth mode company | stealth venture | startup | start up | retired
| semi retired | retiree | pensioner | unemployed | currently unemployed | not employed
| not working | not currently working | between jobs | in transition | career break
| career transition | on sabbatical | sabbatical | parental leave | on parental leave
| maternity leave | homemaker | housewife | stay at home mom | stay at home mum
| stay at home dad | stay at home parent | jobless | job seeker | jobseeker | job hunting
| open to work | open to opportunities | open to new opportunities | looking for opportunities
| looking for new opportunities | looking for an opportunity | looking for a new opportunity
| looking for a job | looking for a new job | looking for work | seeking opportunities
| seeking new opportunities | seeking a new opportunity | seeking employment | actively looking
| actively seeking opportunities | actively seeking new opportunities
| actively looking for opportunities | actively looking for new opportunities
| exploring opportunities | exploring new opportunities | available for work | student
| students | full time student | university student | college student | graduate student
| phd student | volunteer | privat | privatperson | vertraulich | zuhause | zu hause | rentner
| rentnerin | im ruhestand | ruhestand | pensioniert | arbeitslos | arbeitssuchend
| arbeitsuchend | auf jobsuche | auf arbeitssuche | studentin | studierender | studierende
| hausfrau | berater | beraterin | elternzeit | in elternzeit | privé | particulier
| confidentiel | à domicile | retraité | retraitée | à la retraite | étudiant | étudiante
| sans emploi | sans activité | au chômage | chômage | demandeur d emploi | demandeuse d emploi
| en recherche d emploi | à la recherche d un emploi | recherche d emploi
| en recherche d opportunités | à l écoute du marché | privado | particular | confidencial
| jubilado | jubilada | retirado | estudiante | desempleado | desempleada | en paro
| en búsqueda activa | en búsqueda activa de empleo | en búsqueda de empleo | buscando empleo
| buscando trabajo | buscando nuevas oportunidades | en búsqueda de nuevas oportunidades
| vertrouwelijk | gepensioneerd | met pensioen | werkloos | werkzoekend | op zoek naar werk
| op zoek naar een baan | op zoek naar een nieuwe uitdaging | thuis | privato | riservato
| pensionato | pensionata | in pensione | disoccupato | disoccupata | studente | studentessa
| in cerca di lavoro | in cerca di occupazione | in cerca di nuove opportunità | casalinga
| hemlig | hemligt | konfidentiellt | konsult | pensionär | studerande | arbetslös
| arbetssökande | mellan jobb | söker jobb | föräldraledig | fortroligt | pensionist
| pensjonist | arbejdsløs | arbeidsledig | ledig | arbejdssøgende | arbeidssøker | konsulent
| opiskelija | eläkeläinen | eläkkeellä | työtön | työnhakija | konsultti | autônomo | autônoma
| aposentado | aposentada | reformado | reformada | desempregado | desempregada | estudante
| em busca de emprego | em busca de recolocação | em busca de oportunidades
| em busca de novas oportunidades | buscando recolocação | à procura de emprego | prywatnie
| osoba prywatna | emeryt | emerytka | bezrobotny | bezrobotna | studentka | poufne | důchodce
| nezaměstnaný | emekli | öğrenci | пенсионер | студент | студентка | безработный | безработная
| частное лицо
"""

#: Letters that Unicode does not take apart.
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "đ": "d"})
#: `Selbständig` is also written `Selbstaendig`; both are `selbstandig`.
_UMLAUTS = re.compile(r"([aou])e")
#: Also the accents that Unicode takes off their letters.
_NOT_LETTERS = re.compile(r"[\W_]+")
#: Longer texts are companies, and need no comparison.
_MAX_LENGTH = 80


def _plain(text: str) -> str:
    """The words of a text as they are compared: without case, accents and anything between
    them."""
    letters = _NOT_LETTERS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return _UMLAUTS.sub(r"\1", letters.translate(_PLAIN_LETTERS))


def _alternatives(listed: str) -> str:
    """The listed phrases as a pattern, longest first."""
    phrases = sorted({_plain(phrase) for phrase in listed.split("|")}, key=len, reverse=True)
    return "|".join(map(re.escape, phrases))


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Compiled when first needed. Words are compared without what is between them, since people
    write `Self-employed`, `self employed` and `selfemployed`."""
    listed = (_WORKING_ALONE, _SUBJECT, _ACTIVITY, _WHOLE)
    alone, subject, activity, whole = map(_alternatives, listed)
    return re.compile(rf"(?:(?:{alone})(?:(?:{subject})*(?:{activity}))*)+|(?:{alone})*(?:{whole})")


@lru_cache(maxsize=4096)
def names_no_company(text: str) -> bool:
    """Whether a company's name is an answer that thousands give who have none: `Self-employed`."""
    return len(text) <= _MAX_LENGTH and _pattern().fullmatch(_plain(text)) is not None
