"""Drain and settle: from the outbox through decision to Salesforce and back, batch by batch, under
the org's lease.

It speaks to ports alone. What is right is decided in `decision/`; here it is only carried out.
"""
