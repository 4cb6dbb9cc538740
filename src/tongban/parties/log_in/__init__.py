"""How accounts are opened, kept and got back: passwords, codes, passkeys, sessions, links, recovery."""
