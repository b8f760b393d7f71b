"""Both engines implement their ports, and load nothing before it is needed."""

from __future__ import annotations

import subprocess
import sys

from tests.fakes.clock import FakeClock
from tests.salesforce.support import AdapterBench
from zsf_plugin.ports import Crm, Login
from zsf_plugin.salesforce.login import SalesforceLogin


def test_both_engines_implement_their_ports(bench: AdapterBench) -> None:
    crm: Crm = bench.crm
    login: Login = SalesforceLogin(None, FakeClock())
    assert crm
    assert login


def test_importing_and_building_loads_no_http_and_no_cryptography() -> None:
    code = (
        "import sys; from zsf_plugin.salesforce.login import SalesforceLogin; SalesforceLogin(None, None);"
        "print([m for m in ('requests', 'urllib3', 'cryptography', 'joserfc') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == "[]"
