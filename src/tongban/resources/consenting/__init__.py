"""Consent to look-ups: what was shown, what was agreed to, what was taken back; no look-up by consent without one."""
