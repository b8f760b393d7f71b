"""What the Salesforce emulator answers, over plain HTTP."""
