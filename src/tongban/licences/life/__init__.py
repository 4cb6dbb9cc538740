"""The life of a licence after its issue: what its department asks for, and what a second person makes of it."""
