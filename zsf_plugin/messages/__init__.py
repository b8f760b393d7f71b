"""Words: what a code means to a person, one catalogue for every face. Data and rendering only.

Outcomes travel as codes with data (`model`); a face looks their words up here, at the edge. Nothing
below a face knows these words, and nothing anywhere takes a rendered sentence apart again.
`steps` and `causes` are the catalogue; `text` makes plain text of it.
"""
