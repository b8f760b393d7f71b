"""Fakes of our own ports, for tests of the core: a CRM in memory, a clock that tests set."""
