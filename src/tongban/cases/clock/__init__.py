"""The law's clock: from dated events to due dates, by pure functions.

``events`` says what can happen, ``terms`` and ``limits`` how long things may take, ``derive`` what follows from
them, ``days`` why, day by day. Nothing here reads or writes anything. Called by ``cases.actions`` and
``cases.views``, by ``tongban clock explain``, and by nobody below.
"""
