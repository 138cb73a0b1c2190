"""The harness measures what it says, and the sides of each case compute the same numbers."""
