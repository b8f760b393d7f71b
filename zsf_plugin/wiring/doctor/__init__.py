"""What `zsf doctor` does: checks a workspace from the machine to the org. Writes nothing to
Salesforce."""
