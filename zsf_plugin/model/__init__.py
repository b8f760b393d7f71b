"""The nouns of the product as frozen data: events, rules, plans, changes, links, causes, describes.

Nothing here decides, reads or writes; it says what things are. `decision/` makes them out of each
other.
"""
