"""Builds the product from settings: `Parts`, and from them one app per entry point (`apps`)."""
