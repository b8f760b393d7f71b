"""The question before waiting entries are sent or skipped, and the answer to it."""
