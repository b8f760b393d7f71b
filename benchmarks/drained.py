"""`zsf drain`, followed by a line with the most memory of the process, in KiB.

python -m benchmarks.drained

The usage that the system reports of a child is at least that of its parent.
"""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

from zsf_plugin.cli.main import main


def peak_kib() -> int:
    """The most memory of this process."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found is not None else 0


if __name__ == "__main__":
    code = main(["drain"])
    print(peak_kib())
    raise SystemExit(code)
