"""Another person's own consent to a look-up for somebody's application: asked when their number is known, answered
by that very person alone.
"""
