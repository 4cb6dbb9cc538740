"""The verbs of cases: check, change, record, announce. One module a part of a case's life."""
