"""A ten-line host finds its prospects in Salesforce; the drain runs in the host's process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.end_to_end.scene import Scene

HOST = """
import sys, time, urllib.request, pluggy
from zsf_plugin import hookspecs
plugins = pluggy.PluginManager("zaplify")
plugins.add_hookspecs(hookspecs)
plugins.load_setuptools_entrypoints("zaplify")
plugins.hook.on_host_started(config_dir=sys.argv[1], data_dir=sys.argv[2], settings=None)
person = {"id": "p1", "first_name": "Ada", "last_name": "Byron", "email": "ada@acme.example"}
call = {"workspace": "default", "event_id": "e1", "occurred_at": "2026-11-01T10:00:00Z", "prospect": person, "user": {}}
print(plugins.hook.on_prospect_purchased(**call))
while b"ada@acme.example" not in urllib.request.urlopen(sys.argv[3] + "/_emulator/records").read(): time.sleep(0.02)
plugins.hook.on_host_stopping()
"""


def test_a_host_of_ten_lines_finds_its_prospect_in_salesforce(tmp_path: Path) -> None:
    assert len(HOST.strip().splitlines()) <= 12
    with Scene(tmp_path, "lead") as scene:
        scene.move_in("host")
        folders = (str(scene.place / "config"), str(scene.place / "data"))
        command = [sys.executable, "-c", HOST, *folders, scene.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        (lead,) = scene.org("records")["Lead"]
    assert "'state': 'pending'" in done.stdout
    assert lead["Email"] == "ada@acme.example"
