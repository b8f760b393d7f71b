"""One suite for every store engine: what the `Store` port promises."""
