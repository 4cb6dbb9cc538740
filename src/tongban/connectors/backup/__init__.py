"""Copies of a whole node that another machine can be made from: bases, the log of changes since, and the way back."""
