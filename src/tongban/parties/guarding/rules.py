"""When a guardian's power ends: pure decisions."""

import datetime as dt

from tongban.basics.calendar import CST, local_day
from tongban.basics.codes.resident_id import ResidentId
from tongban.parties.guarding.errors import WardUnfit

OF_AGE = 18
"""Years of age at which somebody acts for themself (Civil Code, articles 17 and 18)."""

LONGEST = dt.timedelta(days=3653)
"""For how long a guardian may be entered at most; a rule of this platform, no legal limit."""


def ends_at(birth: dt.date) -> dt.datetime:
    """The beginning of the day on which who was born on ``birth`` is of age; of 29 February, the day after the 28th."""
    return turns(birth, OF_AGE)


def turns(birth: dt.date, years: int) -> dt.datetime:
    """The beginning of the birthday on which who was born on ``birth`` is ``years`` old; 1 March for 29 February."""
    try:
        day = birth.replace(year=birth.year + years)
    except ValueError:
        day = dt.date(birth.year + years, 3, 1)
    return dt.datetime.combine(day, dt.time(), CST)


def appointed_until(ward: ResidentId, guardian: ResidentId, last_day: dt.date, now: dt.datetime) -> dt.datetime:
    """When an appointed guardian's power ends: with ``last_day``, over a child when it is of age at the latest.

    Raises ``WardUnfit`` for a guardian who is a child, or the ward, and for a day that is past or too far.
    """
    if ward.code == guardian.code:
        raise WardUnfit("guardian_number", zh="监护人不能是本人", en="Nobody is their own guardian")
    if ends_at(guardian.birth) > now:
        raise WardUnfit("guardian_number", zh="监护人须年满 18 周岁", en="A guardian is 18 or older")
    today = local_day(now)
    if last_day < today:
        raise WardUnfit("last_day", zh="最后一天不能早于今天", en="The last day must not lie in the past")
    if last_day > today + LONGEST:
        latest = (today + LONGEST).isoformat()
        raise WardUnfit("last_day", zh=f"最晚到 {latest}，到期可以再登记", en=f"{latest} at the latest")
    given = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), CST)
    of_age = ends_at(ward.birth)
    return min(given, of_age) if of_age > now else given
