"""Which days are public holidays of all citizens by law, whatever the year's notice moves around them.

Called by ``basics.calendar_check`` to find a holiday that a year's file forgot. The days are those of the
Regulation on Public Holidays (全国年节及纪念日放假办法): State Council Decrees 513 (from 2008), 644 (from 2014) and 795
(from 2025).
"""

from collections.abc import Mapping
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2008, 2049
"""The years whose lunar festivals stand below."""

# 春节, 端午节, 中秋节 and 清明节 of each year as MMDD.
_MOVING = {
    2008: "0207 0608 0914 0404", 2009: "0126 0528 1003 0404", 2010: "0214 0616 0922 0405",
    2011: "0203 0606 0912 0405", 2012: "0123 0623 0930 0404", 2013: "0210 0612 0919 0404",
    2014: "0131 0602 0908 0405", 2015: "0219 0620 0927 0405", 2016: "0208 0609 0915 0404",
    2017: "0128 0530 1004 0404", 2018: "0216 0618 0924 0405", 2019: "0205 0607 0913 0405",
    2020: "0125 0625 1001 0404", 2021: "0212 0614 0921 0404", 2022: "0201 0603 0910 0405",
    2023: "0122 0622 0929 0405", 2024: "0210 0610 0917 0404", 2025: "0129 0531 1006 0404",
    2026: "0217 0619 0925 0405", 2027: "0206 0609 0915 0405", 2028: "0126 0528 1003 0404",
    2029: "0213 0616 0922 0404", 2030: "0203 0605 0912 0405", 2031: "0123 0624 1001 0405",
    2032: "0211 0612 0919 0404", 2033: "0131 0601 0908 0404", 2034: "0219 0620 0927 0405",
    2035: "0208 0610 0916 0405", 2036: "0128 0530 1004 0404", 2037: "0215 0618 0924 0404",
    2038: "0204 0607 0913 0405", 2039: "0124 0527 1002 0405", 2040: "0212 0614 0920 0404",
    2041: "0201 0603 0910 0404", 2042: "0122 0622 0928 0404", 2043: "0210 0611 0917 0405",
    2044: "0130 0531 1005 0404", 2045: "0217 0619 0925 0404", 2046: "0206 0608 0915 0404",
    2047: "0126 0529 1004 0405", 2048: "0214 0615 0922 0404", 2049: "0202 0604 0911 0404",
}  # fmt: skip

NEW_YEAR, SPRING, TOMBS, LABOUR, DRAGON_BOAT, MID_AUTUMN, NATIONAL = (
    "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节",
)  # fmt: skip
ENGLISH: Mapping[str, str] = {
    NEW_YEAR: "New Year's Day",
    SPRING: "Spring Festival",
    TOMBS: "Tomb-sweeping Day",
    LABOUR: "Labour Day",
    DRAGON_BOAT: "Dragon Boat Festival",
    MID_AUTUMN: "Mid-autumn Festival",
    NATIONAL: "National Day",
}


def statutory_days(year: int) -> dict[str, tuple[date, ...]]:
    """The festivals of ``year`` in their order, each with the days on which everybody is free by law.

    ``ValueError`` outside ``FIRST_YEAR`` to ``LAST_YEAR``.
    """
    if year not in _MOVING:
        raise ValueError(f"the festivals of {year} are not known here")
    spring, dragon, moon, tombs = (date(year, int(day[:2]), int(day[2:])) for day in _MOVING[year].split())
    return {
        NEW_YEAR: (date(year, 1, 1),),
        SPRING: _spring(year, spring),
        TOMBS: (tombs,),
        LABOUR: tuple(date(year, 5, day) for day in range(1, 3 if year >= 2025 else 2)),
        DRAGON_BOAT: (dragon,),
        MID_AUTUMN: (moon,),
        NATIONAL: tuple(date(year, 10, day) for day in (1, 2, 3)),
    }


def _spring(year: int, first: date) -> tuple[date, ...]:
    """New Year's Eve counts until 2013 and again from 2025; three days before 2025, then four."""
    begin, length = (0, 3) if 2014 <= year < 2025 else (-1, 3 if year < 2014 else 4)
    return tuple(first + timedelta(days=begin + step) for step in range(length))
