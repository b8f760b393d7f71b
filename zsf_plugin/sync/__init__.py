"""Draining: from the outbox through decision to Salesforce and back, batch by batch, under the
org's lease.

Uses only ports. `decision/` decides what to write; this package carries it out.
"""
