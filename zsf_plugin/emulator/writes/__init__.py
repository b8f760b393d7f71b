"""Creating, changing and deleting one row, with every refusal of a strict org.

Each resource that writes comes through here; none of HTTP is known.
"""
