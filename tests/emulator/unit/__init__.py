"""The emulator's pure modules, without a server."""
