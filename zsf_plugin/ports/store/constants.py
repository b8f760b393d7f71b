"""Names in the store that several parts know, and limits."""

from __future__ import annotations

#: The name of an org's lease is this and the org's id; what is stored under it belongs to the org.
ORG_LEASE = "org:"
#: The name of the lease for refreshing a workspace's sign-in is this and the workspace. It lives
#: longer than one token call can take, so that none expires during a refresh (seconds).
REFRESH_LEASE = "refresh:"
REFRESH_LEASE_S = 150.0
#: What the name of a create ends in if the record carries our unique id (`Outbox.mark_writing`).
WITH_ID = "/id"
#: The maximum number of entries one page scans if each has to be read to see whether it matches.
MAX_SCANNED = 5_000
#: The answer that counts how often people had held entries retried in an org (`Outbox.release`):
#: what was remembered of the org before the last time decides nothing any more.
ASKED_AGAIN = "asked_again"
#: How many versions of a folder's rule files stay known (`LastValidRules.save_valid_rules`).
MAX_RULE_VERSIONS = 100
