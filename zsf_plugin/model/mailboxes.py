"""E-mail addresses that several people may use: mailboxes of a role (`info@`), and addresses at a
free-mail host (`gmail.com`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from zsf_plugin.model.hosts import ascii_form
from zsf_plugin.model.shared_hosts import is_free_mail, is_nobodys

#: `role`: read by whoever has that role, or nobody's (`jo@none.com`); `free_mail`: anybody's;
#: `personal`: one person's at work.
MailboxKind = Literal["role", "free_mail", "personal"]

# The part before the @ of mailboxes that belong to a role, not a person, in the languages that are
# common in business mail; the last lines are entered where no address is known.
_ROLES = """
    info information infos contact contacts contactus kontakt kontakty contacto contatto contato
    hello hi hey hallo hola bonjour ciao hej welcome mail email post box inbox office offices
    buero büro bureau oficina ufficio kontor zentrale general main company firma enquiry enquiries
    inquiry inquiries ask question questions request requests feedback
    sales vertrieb verkauf ventes ventas vendite vendas salg sale commercial comercial commerciale
    business bizdev growth marketing press presse prensa stampa media pr communications news
    newsletter event events partner partners partnerships
    support help helpdesk service services servicedesk care customercare customerservice
    customersupport customers kundenservice kundendienst kundservice success team teams staff crew
    admin admins administration administrator administracion sysadmin root webmaster postmaster
    hostmaster web website it dev developers tech technik edv security abuse privacy datenschutz
    dpo gdpr legal compliance noreply no-reply donotreply do-not-reply no_reply
    accounting accounts account accountspayable ap ar billing invoice invoices invoicing rechnung
    rechnungen buchhaltung finance finanzen facturation facturacion fakturor payments payroll
    hr personal jobs job career careers karriere bewerbung recruiting recruitment recruiter talent
    rh people order orders bestellung bestellungen shop store purchasing procurement einkauf compras
    achats logistics export import warehouse lager reception rezeption empfang frontdesk
    recepcion secretary secretariat sekretariat secretaria segreteria secretariaat direction
    direccion management geschaeftsfuehrung geschäftsführung board ir investors studio praxis
    kanzlei booking bookings reservation reservations reservierung ceo cfo cto
    bokning bokningar försäljning forsaljning kundtjänst kundtjanst ekonomi faktura inköp inkop
    beställning bestallning växel vaxel kundeservice bestilling regnskab regnskap innkjøp indkøb
    myynti asiakaspalvelu toimisto laskutus verkoop inkoop klantenservice administratie receptie
    atencion atencionalcliente clientes soporte pedidos reservas facturas rrhh gerencia
    accueil commande commandes clients compta comptabilite amministrazione acquisti ordini
    prenotazioni servizioclienti biuro sprzedaz zamowienia kadry ksiegowosc obchod prodej
    hq operations ops quotes leads demo projects redaktion redaction editorial donations
    none noemail no-email no_email nomail no-mail unknown notprovided not-provided na n-a nobody
    anonymous dummy test example
"""
_ROLE_NAMES = frozenset(_ROLES.split())
_SEPARATORS = re.compile(r"[._\-]+")
#: What may follow a role: a country, a region, a number (`info.de`, `sales-emea`, `office2`).
_SUFFIX = re.compile(
    r"[a-z]{2}|\d+|emea|apac|dach|eu|usa|nordic|nordics|global|int|intl|group|team"
)
_DIGITS = "0123456789"


def mailbox_kind(address: str) -> MailboxKind:
    """Who may use that address. What does not look like a role's mailbox is a person's."""
    name, _, host = address.strip().casefold().rpartition("@")
    name = name.partition("+")[0]
    if name in _ROLE_NAMES or _is_role(list(filter(None, _SEPARATORS.split(name)))):
        return "role"
    ascii_host = ascii_form(host) or host
    if is_nobodys(ascii_host):
        return "role"
    return "free_mail" if is_free_mail(ascii_host) else "personal"


def _is_role(words: Sequence[str]) -> bool:
    """Whether the words are a role, and nothing else but where it is or which one."""
    if not words or words[0].rstrip(_DIGITS) not in _ROLE_NAMES:
        return False
    return all(word in _ROLE_NAMES or _SUFFIX.fullmatch(word) for word in words[1:])
