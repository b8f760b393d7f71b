"""What the stand-in Salesforce answers, over plain HTTP."""
