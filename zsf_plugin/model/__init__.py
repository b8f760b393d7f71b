"""The data types of the product: events, rules, plans, changes, links, causes, describes.

They are frozen and do nothing by themselves; `decision/` derives one from another. Other packages
import all of them from here, except the functions on plain strings in `text`, `hosts` and
`placeholders`, and those on a host's values in `host_values`, which are imported by name.

The names are in `__init__.pyi`; each loads its module when it is first imported.
"""

from __future__ import annotations

from zsf_plugin.lazy_names import names_of

__getattr__, __all__ = names_of(__name__)
