"""Queries: from the text of a statement to its pages of rows.

In the order of use: `grammar`, `paths`, `filters`, `evaluate`.
"""
