"""An independent audit of the org's records against the fed events, without the product's code."""
