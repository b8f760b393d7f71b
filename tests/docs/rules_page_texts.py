"""What docs/rules-reference.md says besides what the schemas say: its examples, which tests check, and
its words."""

from __future__ import annotations

from collections.abc import Mapping

HEAD = """\
# Rule reference

What a rule file may say. [Rules](rules.md) shows how to write, test and ship one. Generated from the schemas, the shipped rules
and the functions (`python -m tests.docs.rules_page`); tests check every example. Defaults are what the
[shipped rules](../rules) say.

## The rule itself
"""
#: The tables of a rule, in the page's order: their headings and words.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "switches": ("`[switches]`", "[Rules](rules.md#switches) says when a switch applies.\n"),
    "match": ("`[match]`", "[Matching](matching.md) says what is compared, and how.\n"),
    "fields": (
        "`[fields.Lead]`, `[fields.Contact]`, `[fields.Account]`",
        "A key is the API name of a Salesforce field, such as `Email` or `LinkedIn__c`; it says what fills that field.\n"
        "[Values](values.md) says what is written. A later rule replaces the whole entry of a field.\n",
    ),
    "owner": ("`[owner]`", "[Values](values.md#owner) says who owns what.\n"),
    "activity": (
        "`[activity.CHANNEL]`",
        'The fields of a channel\'s Task, written as those of `[fields.…]`. Every channel inherits `[activity."*"]`; a new channel is\n'
        "a new table. The person, the owner and the org's closed status are set by the sync.\n",
    ),
    "limits": ("`[limits]`", "[API allocation](allocation.md) says what pauses when.\n"),
}
#: What is below a table: the name of its keys in EXAMPLES, its heading and words.
BELOW: Mapping[str, tuple[str, str, str]] = {
    "match": (
        "match key",
        "A match key",
        "The name of a mapped field, a table with these keys, or a list of several that must match together:\n",
    ),
    "fields": (
        "field",
        "What fills a field",
        "An expression, a list of expressions of which the first that fits counts, `false` (the field is not filled), or a table\n"
        "with these keys. One of `from`, `value` and `default` is needed:\n",
    ),
}
#: How each key is written in its table.
EXAMPLES: Mapping[str, str] = {
    "$schema": '"$schema" = "./rule.schema.json"',
    "language": "language = 1",
    "name": 'name = "EU prospects become Contacts"',
    "when": "when = \"prospect.location.country_code == 'DE'\"",
    "mode": 'mode = "contact"',
    "switches.sync_prospects": "sync_prospects = false",
    "switches.sync_activities": "sync_activities = false",
    "switches.include_contents": "include_contents = true",
    "match.Lead": 'Lead = ["Email", ["LastName", "Company"]]',
    "match.Contact": 'Contact = [{ field = "Email", compare = "email" }]',
    "match.Account": 'Account = [{ field = "Website", compare = "domain" }]',
    "match.many": 'many = "oldest"',
    "match.alerts": 'alerts = "save"',
    "match.shared_mailbox": 'shared_mailbox = "hold"',
    "match.unasked": 'unasked = "create"',
    "match key.field": '{ field = "Phone" }',
    "match key.compare": '{ field = "Phone", compare = "phone" }',
    "field.from": 'Title = { from = ["prospect.title", "prospect.custom.role"] }',
    "field.value": 'LeadSource = { value = "Zaplify" }',
    "field.default": 'Company = { from = "prospect.company.name", default = "[not provided]" }',
    "field.values": 'Industry = { from = "prospect.company.industry", values = { "Software" = "Technology" } }',
    "field.overwrite": 'Title = { from = "prospect.title", overwrite = "always" }',
    "field.misfit": 'Industry = { from = "prospect.company.industry", misfit = "hold" }',
    "field.too_long": 'Title = { from = "prospect.title", too_long = "hold" }',
    "owner.from": 'from = ["prospect.custom.account_manager", "user.email"]',
    "owner.assignment_rules": "assignment_rules = true",
    "limits.api_share": "api_share = 0.6",
    "limits.activities_share": "activities_share = 0.5",
    "limits.badges_share": "badges_share = 0.3",
    "limits.calls_per_second": "calls_per_second = 5",
}
LETTER = """\
A channel's name is compared without case: `Email` uses `[activity.email]`. For any other channel, `[activity."*"]` applies, or a
table that you add. [Payloads](payloads.md#channels) shows the subject of each.

```toml
[activity.letter]
Subject = ["concat('Letter, step ', touchpoint.step)", "'Letter'"]
Priority = { value = "Low", overwrite = "on_create" }
```
"""
EXPRESSIONS = """\
[JMESPath](https://jmespath.org/) over `workspace`, `event_id`, `occurred_at`, `prospect`, `touchpoint` and `user`. A text is
written in single quotes (`'DE'`), a number, list or table in backticks (`` `500` ``), a name with other characters in double
quotes (`prospect.custom."lead score"`). What needs something that is not there, or of a wrong type, is null; a `when` that is
null is false.

| expression | is |
| --- | --- |
| `prospect.company.name` | the value at that place |
| `prospect.title \\|\\| prospect.custom.role` | the first that is not null, false or empty |
| `prospect.last_name && prospect.first_name` | the second if there is a first |
| ``prospect.company.employees >= `500` `` | a comparison: `==`, `!=`, `<`, `<=`, `>`, `>=` |
| `!(prospect.email)` | true if there is none |
| `contains(['DE', 'FR'], prospect.location.country_code)` | true if it is one of these |
| `prospect.custom.tags[0]`, `prospect.custom.tags[-1]` | the first or last of a list |
| `prospect.custom.roles[?current].title \\| [0]` | the title of the first role that is current |
"""
#: How each function is called, what it gives, and an example that reads nothing from the event.
FUNCTION_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("lower(text)", "The plugin's own: the text in lower case", "lower('CEO')"),
    (
        "domain(text)",
        "The plugin's own: the web domain of a URL or an e-mail address, or null",
        "domain('https://www.acme.com/x')",
    ),
    (
        "concat(part, …)",
        "The plugin's own: texts and numbers, joined; null if a part is null, or neither text nor number",
        "concat('Step ', `2`)",
    ),
    (
        "html_text(html)",
        "The plugin's own: the text of HTML as its reader sees it, without tags, hidden parts (`display:none`, `font-size:0` and "
        "the like) and invisible padding, a line for each block and `<br>`; null if there is no text in it",
        "html_text('<p>Hello <b>Maja</b></p>')",
    ),
    ("abs(number)", "The number without its sign", "abs(`-3`)"),
    ("avg(numbers)", "Their average", "avg(`[1, 2, 6]`)"),
    ("ceil(number)", "Rounded up", "ceil(`1.2`)"),
    ("contains(list or text, part)", "Whether it has that part", "contains('VP Sales', 'VP')"),
    ("ends_with(text, end)", "Whether the text ends so", "ends_with('ada@acme.com', '.com')"),
    ("floor(number)", "Rounded down", "floor(`1.8`)"),
    ("join(glue, texts)", "The texts of a list, joined", "join(', ', ['AI', 'Data'])"),
    ("keys(table)", "The names of its keys", 'keys(`{"a": 1}`)'),
    ("length(list, table or text)", "How many parts it has", "length('Maja')"),
    ("map(&expression, list)", "The expression for each of a list", 'map(&n, `[{"n": 1}]`)'),
    ("max(list)", "The largest number or last text", "max(`[1, 3, 2]`)"),
    (
        "max_by(list, &expression)",
        "The one of which the expression is largest",
        'max_by(`[{"n": 1}, {"n": 3}]`, &n)',
    ),
    (
        "merge(table, …)",
        "Their keys in one; the last one counts",
        'merge(`{"a": 1}`, `{"a": 2}`)',
    ),
    ("min(list)", "The smallest number or first text", "min(`[2, 1, 3]`)"),
    (
        "min_by(list, &expression)",
        "The one of which the expression is smallest",
        'min_by(`[{"n": 1}, {"n": 3}]`, &n)',
    ),
    ("not_null(value, …)", "The first that is not null", "not_null(`null`, 'Maja')"),
    ("reverse(list or text)", "In the other order", "reverse(`[1, 2]`)"),
    ("sort(list)", "In order", "sort(['b', 'a'])"),
    ("sort_by(list, &expression)", "In its order", 'sort_by(`[{"n": 2}, {"n": 1}]`, &n)'),
    ("starts_with(text, start)", "Whether the text begins so", "starts_with('VP Sales', 'VP')"),
    ("sum(numbers)", "Their sum", "sum(`[1, 2]`)"),
    ("to_array(value)", "The value as a list", "to_array('AI')"),
    ("to_number(text)", "The number that the text is, or null", "to_number('42')"),
    ("to_string(value)", "The value as text", "to_string(`42`)"),
    ("type(value)", "The name of its type", "type('AI')"),
    ("values(table)", "The values of its keys", 'values(`{"a": 1}`)'),
)
EVENTS = """\
Besides `workspace`, `event_id` and `occurred_at`. Any field may be null or absent, unless it is marked as required; what a host
adds can be read too. [Payloads](payloads.md) has examples.
"""
SIZES = """\
A file may have 128 KiB, 1,000 tables, fields, match keys and expressions, 10,000 values, numbers of 308 digits, keys of 8 parts
and 32 levels of nesting; an expression 4,000 characters, 1,000 parts and 60 levels. One whose steps multiply each other
(`concat(@, @) | concat(@, @) | …`) may repeat a value 1,000 times. What is larger is invalid, with file and line. So a file
takes at most about 100 ms to check.

For one event an expression may take about 5,000 steps, such as a condition on each of 1,000 list elements, and make texts of a
million characters; the conditions of all rules together, and likewise the expressions of all fields, about 25,000 steps beyond
the first 100 of each. Constants cost next to nothing. `html_text` reads the first 2,000 tags and the first 131,072 characters
that are seen. An expression that costs more is `null`, and the entry's story says so: the next expression of the field counts,
or the field is left out. A `when` is false, but what its rule switches off is off for that event.
"""
