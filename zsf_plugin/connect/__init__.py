"""Connecting a workspace to an org: sign in, pin the org, keep the connection; and ending it.
Speaks to ports alone."""

from zsf_plugin.connect.connector import Connected, Connector
from zsf_plugin.connect.loopback import Loopback

__all__ = ["Connected", "Connector", "Loopback"]
