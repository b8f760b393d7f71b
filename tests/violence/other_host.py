"""A host of another version of the package: `tests` and `zsf_plugin` are those on PYTHONPATH, so this
is run by its path, and uses no more of them than every version has.

python -P tests/violence/other_host.py CLOCK

Each line of stdin is the call of a hook; it is answered by a line with the hook's receipt.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.violence.clock import SharedClock
from zsf_plugin.plugin import SalesforcePlugin
from zsf_plugin.wiring import parts


def main() -> int:
    """Receive calls until stdin ends."""
    clock, plugin = SharedClock(Path(sys.argv[1])), SalesforcePlugin()
    parts.SystemClock = lambda: clock  # type: ignore[assignment, misc]
    folders = (os.environ["ZSF_CONFIG_DIR"], os.environ["ZSF_DATA_DIR"])
    plugin.on_host_started(*folders, {"drain": "external"})
    for line in sys.stdin:
        call = json.loads(line)
        receipt = getattr(plugin, call.pop("hook"))(**call)
        sys.stdout.write(json.dumps(receipt) + "\n")
        sys.stdout.flush()
    plugin.on_host_stopping()
    return 0


if __name__ == "__main__":
    sys.exit(main())
