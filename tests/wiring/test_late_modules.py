"""A fork waits for whatever a thread of ours imports: a child that is forked in the middle of an
import waits for that module without an end. Each test needs an interpreter of its own, in which
nothing is imported yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bad_input.place import Place
from zsf_plugin.emulator import Emulator, OrgSpec
from zsf_plugin.wiring import late_modules

SCRIPT = """
import sys, threading
from pathlib import Path
from tests.plugin.host_process import call, wait_until_drained
from zsf_plugin.plugin import plugin

class Watch:
    def find_spec(self, name, *_):
        from zsf_plugin.forking import fork_guard
        thread = threading.current_thread().name
        if thread.startswith("zsf-"):
            print(thread, "guarded" if fork_guard._thread.depth else f"imports {name} unguarded")

folder, does = Path(sys.argv[1]), sys.argv[2]
plugin.on_host_started(
    str(folder / "config"),
    str(folder / "data"),
    {"drain": "external" if does == "search" else "background", "badges_deadline_s": 60},
)
bought = call("a", 1)
bought["prospect"]["company"] = {"name": "Acm\\u00e9", "website": "https://acm\\u00e9.example"}
sent = {**bought, "event_id": "t", "touchpoint": {"id": "t", "channel": "email"}}
sent["touchpoint"]["content"] = {"html": "<p>Hello<br>there"}
sys.meta_path.insert(0, Watch())
if does == "search":
    found = plugin.on_search_results("default", [bought["prospect"]], bought["user"])
    assert found["results"]["a1"]["badge"] == "grey", found
else:
    assert plugin.on_prospect_purchased(**{**bought, "event_id": "h", "prospect": {}})["accepted"]
    assert plugin.on_prospect_purchased(**bought)["accepted"]
    assert plugin.on_touchpoint_sent(**sent)["accepted"]
    wait_until_drained(folder)
plugin.on_host_stopping()
"""


@pytest.mark.parametrize("does", ["search", "drain"])
def test_a_fork_waits_for_all_that_a_thread_of_ours_imports(tmp_path: Path, does: str) -> None:
    with Emulator(OrgSpec.stock()) as emulator:
        place = Place(tmp_path, emulator)
        place.rule("switches = { include_contents = true }\n")
        place.connect()
        place.app.close()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path), does],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    threads = {"search": "zsf-badges", "drain": "zsf-drain"}
    assert set(done.stdout.splitlines()) == {f"{threads[does]} guarded"}


def test_what_an_installation_lacks_stops_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str) -> None:
        if name in ("joserfc.jwk", "socks"):
            raise ModuleNotFoundError(name)
        loaded.append(name)

    monkeypatch.setattr(late_modules, "import_module", load)
    late_modules.load_late_modules.__wrapped__()
    assert loaded[-1] == "idna.uts46data"
    assert not any("socks" in name for name in loaded)  # urllib3 warns of its part without it
