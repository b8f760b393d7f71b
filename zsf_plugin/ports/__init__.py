"""The ports, as Protocols: what the core needs of a CRM, a store and a clock.

Implementations live elsewhere (`salesforce/`, `store/`, the tests' fakes) and are put together only
by `wiring`. Other packages import every port from here.

The names are in `__init__.pyi`; each loads its module when it is first imported.
"""

from __future__ import annotations

from zsf_plugin.lazy_names import names_of

__getattr__, __all__ = names_of(__name__)
