"""Special acts on a case: one table says who may do what in which state and what it needs; one entry point does it.

``table.PROCEDURES`` lists them, ``performing.perform`` does one. Each family of acts has a module with its rows of
the table and its verbs. Called by the API, by pages and by stories.
"""
