"""The evidence of privacy: what was done with personal data in a year, and what packs and grants allow, assessed."""
