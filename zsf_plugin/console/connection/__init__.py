"""Connection: signing in through a popup, who is connected and what that user may do, and the first
steps."""
