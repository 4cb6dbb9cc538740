"""Other applications that let people sign in here, and institutions that call by programs.

What is registered, what people agreed to, and the codes and tokens that come of it (OpenID Connect Core 1.0, OAuth 2.0
Security Best Current Practice RFC 9700). Called by ``web/identity``, by the jobs process and by the commands.
"""
