"""Builds the product from settings: `Application` is what every face uses."""
