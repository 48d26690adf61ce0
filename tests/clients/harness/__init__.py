"""What the scenarios share: the server under test, and small clients of our own."""
