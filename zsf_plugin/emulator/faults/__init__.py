"""Scripted and random faults: what breaks, which requests are affected, and what is sent instead.

Refusals, which are ordinary responses of the org, live in `org.conditions`.
"""
