"""Creating, updating and deleting one row, with all the checks of a strict org.

Every resource that writes uses these functions; nothing here knows HTTP.
"""
