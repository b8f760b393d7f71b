"""OAuth: grants, tokens, the login and consent pages, and the identity URL."""
