"""`python -m zsf_plugin.emulator`."""

import sys

from zsf_plugin.emulator.command import main

sys.exit(main())
