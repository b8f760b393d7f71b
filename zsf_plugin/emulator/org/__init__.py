"""One org in memory: objects, fields, rows, users, permissions and limits, and its initial data.

Nothing here knows HTTP or resources; `writes` holds the checks of a write.
"""
