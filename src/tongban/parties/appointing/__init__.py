"""Whom enterprises and persons let act for them: offered, accepted or declined, ended at once; all of it recorded."""
