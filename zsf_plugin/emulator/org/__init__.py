"""One org in memory: its objects, fields, rows, users, rights and limits, and what it starts with.

Speaks no HTTP and knows no resource; what it refuses of a write is `writes`'.
"""
