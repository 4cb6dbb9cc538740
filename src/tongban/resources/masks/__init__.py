"""Masks: what a value becomes before it leaves its owner."""
