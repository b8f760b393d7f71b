"""`python -m zsf_plugin`: the same as `zsf`."""

import sys

from zsf_plugin.cli.main import main

sys.exit(main())
