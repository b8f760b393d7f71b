"""Field mapping: which Zaplify field fills which Salesforce field."""
