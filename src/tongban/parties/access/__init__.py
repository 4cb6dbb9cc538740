"""Who may do what to what: actions that every noun declares as data, compiled once into one checkpoint.

``definitions`` says what a noun declares, ``policy`` compiles it, ``trail`` remembers what was refused in a request,
``why`` explains. The checkpoint itself is ``tongban.parties.rules``.
"""
