"""Faults on demand and by chance: what breaks, which request meets it, and what is sent instead.

A refusal, which is an answer of the org's, is `org.conditions`'.
"""
