"""The data types of the product: events, rules, plans, changes, links, causes, describes.

They are frozen and do nothing by themselves; `decision/` derives one from another. Other packages
import all of them from here, except the functions on plain strings in `text`, `hosts` and
`placeholders`, and those on a host's values in `host_values`, which are imported by name.

The names are in `__init__.pyi`. Each loads its module when it is first imported: a command needs
few of them, and making all takes a twentieth of a second.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
