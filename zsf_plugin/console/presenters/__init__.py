"""What every page shows alike: entries, their causes, records, values. Asks Salesforce nothing."""
