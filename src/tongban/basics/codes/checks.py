"""Check characters: the sums by which a mistyped code is caught. Pure arithmetic on short texts.

Callers hand in characters of the right alphabet; a foreign one is a ``ValueError``.
"""

ALPHABET_31 = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and capitals without I O S V Z, which are read as 1 0 5 U 2 (GB 32100)."""

_WEIGHTS_GB_11643 = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS_GB_11643 = "10X98765432"
_WEIGHTS_GB_11714 = (3, 7, 9, 10, 5, 8, 4, 2)


def resident_check(digits: str) -> str:
    """The 18th character for 17 digits (GB 11643, ISO 7064 MOD 11-2).

    Catches every single substitution and every swap of two neighbours.
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS_GB_11643, strict=True))
    return _CHECKS_GB_11643[total % 11]


def organisation_check(base: str) -> str:
    """The ninth character for the eight of an organisation code (GB 11714)."""
    total = sum(int(sign, 36) * weight for sign, weight in zip(base, _WEIGHTS_GB_11714, strict=True))
    return "0123456789X0"[11 - total % 11]


def mod31(text: str) -> str:
    """The check character in ``ALPHABET_31`` for up to 29 of its characters (GB 32100, weights 3^i mod 31).

    31 is prime and 3 generates its residues, so the weights of all places differ: every single substitution
    and every swap of two characters is caught, but for the first with the check character, which both weigh 1.
    """
    if len(text) > 29:
        raise ValueError("mod31 covers at most 29 characters")
    total = sum(ALPHABET_31.index(sign) * pow(3, place, 31) for place, sign in enumerate(text))
    return ALPHABET_31[-total % 31]


def mod37_36(text: str) -> str:
    """The check character (0–9, A–Z) of ISO 7064 MOD 37,36. Catches every single substitution."""
    product = 36
    for sign in text:
        total = (product + int(sign, 36)) % 36 or 36
        product = total * 2 % 37
    return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(37 - product) % 36]
