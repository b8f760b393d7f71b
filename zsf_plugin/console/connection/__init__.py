"""Connecting: the popup, who is connected, and the steps until something is sent."""
