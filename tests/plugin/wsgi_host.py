"""A WSGI host for application servers: each request is a purchase, and answers its receipt as JSON.
With `ZSF_TEST_EARLY` it calls a hook while the server is still loading it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

from tests.plugin.host_process import call
from zsf_plugin.host import ReferenceHost

host = ReferenceHost(os.environ["ZSF_CONFIG_DIR"], os.environ["ZSF_DATA_DIR"])
if "ZSF_TEST_EARLY" in os.environ:
    host.call("on_prospect_purchased", call("early", 1))


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    number = int(environ["PATH_INFO"].strip("/"))
    receipt = host.call("on_prospect_purchased", call("w", number))
    body = json.dumps([os.getpid(), receipt["accepted"]]).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
