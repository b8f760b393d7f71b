"""Stand-ins behind our own ports, for tests of the core: a CRM in memory, a clock turned by
hand."""
