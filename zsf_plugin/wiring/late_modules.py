"""What threads of ours load when they first need it, loaded at once where no fork can fall into it.

A fork in the middle of an import would leave the child a module whose lock nobody releases: its own
threads, and the host's, would wait for it without an end. A fork waits for `fork_guard`.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module

from zsf_plugin.forking import fork_guard

#: Whatever a drain or a search loads late: here, or by a codec's name.
_NEEDED = (
    *(
        "socket",
        "requests",
        "http.cookiejar",
        "cryptography.fernet",
        "jmespath.parser",
        "inscriptis",
    ),
    *("lxml.etree", "publicsuffixlist", "idna"),
    *("zsf_plugin.salesforce.adapter", "zsf_plugin.salesforce.connecting"),
    *("zsf_plugin.decision.functions", "zsf_plugin.decision.growth"),
    *("zsf_plugin.decision.interpreter", "encodings.ascii", "encodings.idna"),
    *("encodings.punycode", "encodings.utf_16_le", "encodings.utf_8_sig"),
)
#: What not every installation has, the parts that belong together: libraries for signing in by a
#: key and for SOCKS proxies, and a part of a library that another version of it may not have.
_OPTIONAL = (
    ("joserfc.jwk", "joserfc.jwt"),
    ("socks", "zsf_plugin.salesforce.socks_proxies"),  # without the first, the second warns
    ("idna.uts46data",),
)


@cache
def load_late_modules() -> None:
    """Load them, once in a process; a fork by another thread waits until they are loaded."""
    with fork_guard.inside():
        for name in _NEEDED:
            import_module(name)
        for names in _OPTIONAL:
            with suppress(ImportError):
                for name in names:
                    import_module(name)
