"""What a redesign came to: links, materials, days and trips, where cases wait, which ways they take.

Each case is measured once, from its own events, when it has ended (``figures`` from ``times``); its figures are
added to monthly counts (``counting``, called by the jobs process), and pages read only these (``reading``).
"""
