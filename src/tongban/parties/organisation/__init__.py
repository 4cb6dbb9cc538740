"""The organisation (S30): units as a dated tree, positions, who held which when, leave, hand-over, joining and leaving.

``units`` changes the tree, ``posts`` who holds what, ``leaves`` who stands in, ``staff`` who belongs, ``importing`` all
of it from Excel; ``reading`` looks; ``overlay`` tells the kernel's directory what is so now. See docs/organisation.md.
"""
