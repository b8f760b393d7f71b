"""Plain text from codes and their data, for logs, hosts, JSON and the terminal. Pure.

Takes anything with a code, an object, a field and data, so it depends on none of our types. A page
that shows more than text (links, labels) reads the data itself and gets the rest here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, TypeAlias

from zsf_plugin.messages.cause_parts import (
    ANSWERED,
    CHANGE_FIELD,
    CHANGE_MAPPING,
    CHANGE_RULE,
    LOOK_FIRST,
    LOST,
    MAKE_ASKABLE,
    UNFILLED,
    UNSETTLED,
)
from zsf_plugin.messages.causes import CAUSES, OWN, REFUSALS, UNKNOWN
from zsf_plugin.messages.faults import fault_remedy, fault_text
from zsf_plugin.messages.shape import CauseWords, TemplateValues, filled_or_code
from zsf_plugin.messages.steps import (
    CHANNELS,
    CHOSEN,
    FOUND_BY,
    IN_THIS_BATCH,
    MISFITS,
    NO_OWNER,
    SKIPS,
    STEPS,
    UNASKED,
)

Data: TypeAlias = Mapping[str, object]


class Coded(Protocol):
    """A step or a cause: a code, with the data that its text needs."""

    @property
    def code(self) -> str: ...
    @property
    def field(self) -> str | None: ...
    @property
    def data(self) -> Data: ...
    @property
    def object(self) -> str | None: ...


def step_text(step: Coded) -> str:
    """A step, or why an entry was skipped, in a line: `Contact found by Email: 003…`."""
    values = _values(step)
    if step.code == "held":
        cause = _Cause(str(step.data.get("cause", "?")), step.object, step.field, step.data)
        values["cause"] = cause_text(cause)
    template = STEPS.get(step.code) or SKIPS.get(step.code)
    return filled_or_code(template, step.code, values)


def found_by_text(step: Coded) -> str:
    """How a record was found, without its object and id: `found by Email`."""
    return f"found by {_found_by(step.data)}"


def step_about_field(step: Coded) -> str:
    """A step about a field, without the field's name: `left out: not a number`."""
    values = TemplateValues(_values(step), field="")
    return filled_or_code(STEPS.get(step.code), step.code, values).strip()


def cause_text(cause: Coded) -> str:
    """Why an entry is held: place and reason, `Lead.Industry: not in the picklist`."""
    sentence = _stored_sentence(cause, "text")
    if sentence is not None:
        return sentence
    place = _place(cause)
    return f"{place}: {cause_why(cause)}" if place else cause_why(cause)


def cause_headline(cause: Coded, message: str | None) -> str:
    """What an admin reads first about a held entry: their own message if one of their rules refused
    the record, else `cause_text`.

    `message` is Salesforce's. It may repeat a value of the record: show the headline, never log it.
    """
    own = admin_message(cause, message)
    if not own:
        return cause_text(cause)
    place = _place(cause)
    return f"{place}: {own} ({cause.code})" if place else f"{own} ({cause.code})"


def admin_message(cause: Coded, message: str | None) -> str:
    """Salesforce's message in one line, if it is text that an admin of the org wrote (of a
    validation rule, for example); else "".

    It may repeat a value of the record: show it, never log it.
    """
    return " ".join((message or "").split()) if cause_words(cause).has_admin_message else ""


def cause_why(cause: Coded) -> str:
    """The reason without its place. A refusal's reason ends with Salesforce's code."""
    sentence = _stored_sentence(cause, "text")
    if sentence is not None:
        return sentence
    why = cause_words(cause).why.format_map(_values(cause))
    if cause.code in OWN:
        return why
    names = _joined(cause.data.get("fields"), ", ")
    return f"{why}: {names} ({cause.code})" if names else f"{why} ({cause.code})"


def cause_advice(cause: Coded) -> str:
    """What to do about a cause; may name commands."""
    sentence = _stored_sentence(cause, "advice")
    if sentence is not None:
        return sentence
    return cause_words(cause).advice.format_map(_values(cause))


def cause_words(cause: Coded) -> CauseWords:
    """The catalogue's texts for a cause; those of `UNKNOWN` for an unlisted refusal."""
    return CAUSES.get(cause.code, UNKNOWN)


def filled(template: str, cause: Coded, **more: object) -> str:
    """A template of the catalogue filled with a cause's values, and `more` from the caller."""
    return template.format_map(TemplateValues(_values(cause), **more))


def reason_text(reason: Coded | None, cause: Coded | None) -> str | None:
    """Why an entry ended as it did; None if there is no reason."""
    if reason is not None:
        return step_text(reason)
    return cause_text(cause) if cause is not None else None


def misfit_text(data: Data) -> str:
    """Why a value does not fit its field: `longer than the field's 80 characters`."""
    misfit, code = str(data.get("misfit", "")), str(data.get("code", "?"))
    template = MISFITS.get(misfit)
    if template is None:
        return misfit
    refusal = f"{code}: {REFUSALS[code].why}" if code in REFUSALS else code
    return template.format_map(TemplateValues(data, refusal=refusal))


def channel_words(channel: str) -> tuple[str, str]:
    """A channel's name and its preposition: ("LinkedIn visit", "of"), ("Video note", "to")."""
    known = CHANNELS.get(channel.casefold())
    if known is not None:
        return known
    name = " ".join(channel.replace("_", " ").replace("-", " ").split())
    return (name[:1].upper() + name[1:] if name else "Activity"), "to"


def _place(cause: Coded) -> str:
    """`Lead.Industry`, as far as it is known."""
    return ".".join(filter(None, (cause.object, cause.field)))


def _stored_sentence(cause: Coded, key: str) -> str | None:
    """The sentence that an older version stored instead of data."""
    sentence = cause.data.get(key)
    return sentence if isinstance(sentence, str) else None


class _Cause(NamedTuple):
    """The cause in the data of a held entry's reason."""

    code: str
    object: str | None
    field: str | None
    data: Data


def _values(one: Coded) -> TemplateValues:
    """The values of a template: object, field and data, and texts for the codes in the data."""
    data = one.data
    values = TemplateValues(data)
    values["object"] = one.object or "record"
    values["field"] = one.field or ""
    values["fields"] = _joined(data.get("fields"), ", ")
    values["names"] = _joined(data.get("names"), ", ")
    values["record"] = data.get("record") or IN_THIS_BATCH
    values["by"] = _found_by(data)
    values["misfit"] = misfit_text(data)
    values["fault"], values["remedy"] = fault_text(data), fault_remedy(data)
    reason = str(values["unasked"])
    named = data.get("values")
    values["named"] = f" ({_joined(named, ', ')})" if named else ""
    values["by_status"] = f" ({data['code']})" if "code" in data else ""
    values["unasked"] = UNASKED.get(reason, "?").format_map(values)
    values["make_askable"] = MAKE_ASKABLE.get(reason, "?").format_map(values)
    values["unfilled"] = _unfilled(values, has_misfit="misfit" in data)
    values["answered"] = ANSWERED.get(str(values["answer"]), "?").format_map(values)
    values.update(_texts_of_codes(data))
    return values


def _texts_of_codes(data: Data) -> dict[str, str]:
    """The text for each code in the data, "?" for an unknown one."""
    policy, lost = data.get("policy"), data.get("lost", "once")
    misfit = str(data.get("misfit", ""))
    return {
        "why": NO_OWNER.get(str(data.get("why")), "?"),
        "chosen": CHOSEN.get(str(policy), "?"),
        "unsettled": UNSETTLED.get(str(data.get("policy", "hold")), "?"),
        "lost": LOST.get(str(lost), "?"),
        "look_first": LOOK_FIRST.get(str(lost), "?"),
        "make_fit": CHANGE_FIELD.get(misfit, CHANGE_RULE),
        "make_fit_on_page": CHANGE_FIELD.get(misfit, CHANGE_MAPPING),
    }


def _found_by(data: Data) -> str:
    keys = _joined(data.get("fields"), " + ")
    return FOUND_BY.get(str(data.get("by")), "{fields}").format(fields=keys)


def _unfilled(values: TemplateValues, *, has_misfit: bool) -> str:
    return UNFILLED["misfit" if has_misfit else "nothing"].format_map(values)


def _joined(names: object, separator: str) -> str:
    return separator.join(map(str, names)) if isinstance(names, (list, tuple)) else ""
