"""Builds the product from settings: `Application` is what every face uses."""

from zsf_plugin.wiring.application import Application, build

__all__ = ["Application", "build"]
