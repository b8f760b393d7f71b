"""Texts for people: what each code means, in one catalogue for terminal, pages, hosts and logs.
Data and rendering only.

Outcomes travel as codes with data (`model`); the modules that show them look up the texts here.
No other module has these texts, and none parses a rendered sentence. `steps` and `causes` are the
catalogue; `text` renders plain text from it.
"""
