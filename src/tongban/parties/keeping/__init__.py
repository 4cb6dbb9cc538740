"""Accounts that are only kept: for a child, or for whoever applied at a window, until they prove who they are."""
