"""Builds the product from settings: `Parts`, and of them one app a face (`apps`)."""
