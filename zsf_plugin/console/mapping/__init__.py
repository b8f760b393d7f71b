"""Field mapping: which Zaplify field fills which Salesforce field, as a draft that is saved
together."""
