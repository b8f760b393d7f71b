"""SOQL: from the text of a statement to pages of rows.

Modules in order of use: `grammar`, `paths`, `filters`, `evaluate`.
"""
