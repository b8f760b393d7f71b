"""How pages tell of entries, their causes, records and values: one way for all of them. Asks
Salesforce nothing."""
