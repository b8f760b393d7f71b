"""OAuth: grants and tokens, the login and consent pages, the identity URL."""
