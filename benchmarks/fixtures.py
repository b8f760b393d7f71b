"""Fixtures of the rows: a connected workspace in a temporary folder, and people to purchase."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zsf_plugin.cli.scripted_browser import allow
from zsf_plugin.connect import Connector
from zsf_plugin.settings import from_environment
from zsf_plugin.wiring.apps import CommandApp
from zsf_plugin.wiring.parts import Parts

USER = {"id": "u1", "email": "seller@zaplify.example"}
_KEY: dict[str, Any] = {
    "name": "Zaplify_Id__c",
    "type": "string",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}
FIELDS = tuple({"object": name, **_KEY} for name in ("Lead", "Contact", "Account", "Activity"))


@contextmanager
def workspace(url: str, rule: str = "") -> Iterator[CommandApp]:
    """An application connected to the org at that URL, with cached describes and an extra rule
    file."""
    with tempfile.TemporaryDirectory(prefix="zsf-bench-") as folder:
        rules = Path(folder) / "config" / "rules"
        rules.mkdir(parents=True)
        (rules / "10.toml").write_text(rule, encoding="utf-8")
        app = CommandApp(
            Parts(
                from_environment(
                    {},
                    config_dir=rules.parent,
                    data_dir=Path(folder) / "data",
                    host_settings={"drain": "external"},
                )
            )
        )
        sign_in = app.login.begin(url, "benchmarks", "http://localhost:1/oauth/callback")
        grant = app.login.finish(sign_in, allow(sign_in.authorize_url))
        Connector(app.store, app.login, app.clock).finish(
            "default", grant, sign_in, "custom", "send"
        )
        app.orgs.crm("default").facts()
        try:
            yield app
        finally:
            app.close()


def person(number: int) -> dict[str, Any]:
    """A prospect; two consecutive ones work for the same company."""
    company = number // 2
    return {
        "id": f"p{number}",
        "first_name": "Ada",
        "last_name": f"Byron {number}",
        "email": f"ada.byron.{number}@company-{company}.example",
        "phone": f"+46 8 {number:06d}",
        "title": "Engineer",
        "location": {"city": "Malmö", "region": "Skåne", "country": "Sweden", "country_code": "SE"},
        "company": {
            "id": f"c{company}",
            "name": f"Company {company}",
            "domain": f"company-{company}.example",
            "industry": "Software",
            "employees": 40,
        },
    }


def purchase(number: int, event_id: str = "") -> dict[str, Any]:
    """The arguments of a purchase hook."""
    return {
        "workspace": "default",
        "event_id": event_id or f"e{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
        "prospect": person(number),
        "user": USER,
    }
