"""Tongban 通办: a digital-government platform in which a whole thing is done once."""
