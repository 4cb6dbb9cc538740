"""Look at the organisation: the tree, officials, who held what when, and what a new official still has to do.

Called by pages, the API, SCIM and whoever shows a past decision. Only officials read here; a person's own mobile number
is shown to themselves and to administrators.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.vault import Vault
from tongban.parties.models import Actor, Subject
from tongban.parties.organisation.errors import OfficialUnknown, UnitUnknown
from tongban.parties.organisation.leaves import leaves
from tongban.parties.organisation.models import Contact, HandOver, Holding, Leave, Official, Position, Unit
from tongban.parties.organisation.posts import hand_overs
from tongban.parties.organisation.recording import holdings_of, positions_of, queries, units_of
from tongban.parties.organisation.recording import must as must
from tongban.parties.organisation.rules import Branch, held_at, name_at, standing, tree
from tongban.parties.organisation.staff import read_official, to_official
from tongban.parties.rules import may

PAGE = 50
MOST = 1000


async def names_of(connection: Connection, accounts: Iterable[UUID]) -> dict[UUID, str]:
    """The names of accounts; no question is asked for none."""
    wanted = list(dict.fromkeys(accounts))
    if not wanted:
        return {}
    return {row.id: row.name async for row in queries.named(connection, accounts=wanted)}


async def unit_name_at(connection: Connection, region: str, unit: str, moment: dt.datetime) -> str:
    """What a unit was called at ``moment``. Raises ``UnitUnknown``."""
    name = name_at([one for one in await units_of(connection, [region]) if one.id == unit], moment)
    if name is None:
        raise UnitUnknown(unit=unit)
    return name


async def holder_at(
    connection: Connection,
    region: str,
    moment: dt.datetime,
    *,
    position: str | None = None,
    department: str | None = None,
) -> list[Holding]:
    """Who held a position, or the posts of a department, at ``moment``; the highest rank first.

    Substitutes are not among them: a post stays its holder's while somebody stands in.
    """
    return held_at(await holdings_of(connection, region, position=position, department=department), moment)


async def positions_now(connection: Connection, actor: Actor, region: str, at: dt.datetime) -> list[Position]:
    """The positions of a region as they stand, by unit and rank. Raises ``NotAllowed``."""
    must(actor, "directory.read", region)
    found = standing(await positions_of(connection, region), at).values()
    return sorted(found, key=lambda one: (one.unit, one.rank, one.id))


class Seat(Struct, frozen=True):
    """A position or post of a unit with who has it now. No ``holders``: it is vacant."""

    title: str | None
    role: str
    rank: int
    holders: tuple[Holding, ...]
    position: str | None = None


class UnitPage(Struct, frozen=True):
    """One unit: what it is, was and will be called, what is above and below it, its seats, who is away."""

    unit: Unit
    versions: tuple[Unit, ...]
    above: tuple[Unit, ...]
    below: tuple[Branch, ...]
    seats: tuple[Seat, ...]
    away: Mapping[UUID, Leave] = {}


async def units_now(connection: Connection, actor: Actor, region: str, at: dt.datetime) -> tuple[Branch, ...]:
    """The tree of a region as it stands at ``at``. Raises ``NotAllowed``."""
    must(actor, "directory.read", region)
    return tree(standing(await units_of(connection, [region]), at).values())


async def unit_page(connection: Connection, actor: Actor, region: str, unit: str, at: dt.datetime) -> UnitPage:
    """One unit as it stands at ``at``, or as it stood last. Raises ``NotAllowed``, ``UnitUnknown``."""
    must(actor, "directory.read", region)
    every = await units_of(connection, [region])
    versions = tuple(one for one in every if one.id == unit)
    if not versions:
        raise UnitUnknown(unit=unit)
    known = standing(every, at)
    now = known.get(unit) or versions[-1]
    below = next((b.below for b in branches_of(tree(known.values())) if b.unit.id == unit), ())
    positions = [one for one in standing(await positions_of(connection, region), at).values() if one.unit == unit]
    held = held_at(await _holdings_in(connection, region, now), at)
    away = {one.account: one for one in await leaves(connection, region) if one.runs_at(at)}
    return UnitPage(now, versions, _above(known, now), below, tuple(_seats(positions, held)), away)


async def _holdings_in(connection: Connection, region: str, unit: Unit) -> list[Holding]:
    """Posts of the unit itself: of a department those in none of its offices."""
    if unit.kind == "department":
        return [one for one in await holdings_of(connection, region, department=unit.id) if one.unit is None]
    return [one for one in await holdings_of(connection, region) if one.unit == unit.id]


def branches_of(branches: Iterable[Branch]) -> Iterable[Branch]:
    """Every branch of a tree, each before those below it."""
    for branch in branches:
        yield branch
        yield from branches_of(branch.below)


def _above(known: Mapping[str, Unit], unit: Unit) -> tuple[Unit, ...]:
    found: list[Unit] = []
    above = known.get(unit.parent or "")
    while above is not None and above not in found:
        found.insert(0, above)
        above = known.get(above.parent or "")
    return tuple(found)


def _seats(positions: Sequence[Position], held: Sequence[Holding]) -> list[Seat]:
    filled = {one.position for one in held}
    named = [Seat(p.title, p.role, p.rank, tuple(one for one in held if one.position == p.id), p.id) for p in positions]
    plain = [Seat(h.title, h.role, h.rank, (h,)) for h in held if h.position not in {p.id for p in positions}]
    return sorted([*named, *plain], key=lambda s: (s.rank, s.position not in filled, s.title or ""))


class Found(Struct, frozen=True):
    """Officials of a list, and from which log-in name on it continues."""

    officials: list[Official]
    next: str | None = None


async def search(
    connection: Connection,
    vault: Vault,
    actor: Actor,
    region: str,
    typed: str = "",
    department: str | None = None,
    after: str | None = None,
    most: int = PAGE,
) -> Found:
    """Officials whose name, log-in name, title or unit holds ``typed``; all without it, by log-in name.

    Raises ``NotAllowed``.
    """
    must(actor, "directory.read", region)
    words = typed.strip().lower()
    units = [
        one.id for one in await units_of(connection, [region]) if words and words in f"{one.name} {one.short}".lower()
    ]
    rows = [
        row
        async for row in queries.officials(
            connection, region=region, account=None, login=None, external=None, department=department,
            typed=words or None, units=units, after=after, gone=False, most=most + 1,
        )
    ]  # fmt: skip
    held: dict[UUID, list[Holding]] = {}
    for one in await holdings_of(connection, region):
        held.setdefault(one.account, []).append(one)
    found = [to_official(vault, row, held.get(row.account, [])) for row in rows[:most]]
    shown = [one if sees_mobile(actor, region, one.account) else without_mobile(one) for one in found]
    return Found(shown, rows[most - 1].login if len(rows) > most else None)


def sees_mobile(actor: Actor, region: str, account: UUID) -> bool:
    """Whether the person's own number may be shown: to themselves, and to whoever administers the directory."""
    return account == actor.account or may(actor, "directory.export", Subject(region=region))


def without_mobile(official: Official) -> Official:
    """``official`` without the person's own number."""
    return msgspec.structs.replace(official, contact=msgspec.structs.replace(official.contact, mobile="", provided={}))


class PersonPage(Struct, frozen=True):
    """One official: posts held now and before, leaves, and what was handed over."""

    official: Official
    now: tuple[Holding, ...]
    before: tuple[Holding, ...]
    leaves: tuple[Leave, ...] = ()
    given: tuple[HandOver, ...] = ()


async def person_page(
    connection: Connection, vault: Vault, actor: Actor, region: str, account: UUID, at: dt.datetime
) -> PersonPage:
    """One official for officials; who left is shown to administrators alone.

    Raises ``NotAllowed``, ``OfficialUnknown``.
    """
    must(actor, "directory.read", region)
    official = await read_official(connection, vault, region, account)
    administers = may(actor, "directory.export", Subject(region=region))
    if official.left_at is not None and not administers:
        raise OfficialUnknown()
    if not sees_mobile(actor, region, account):
        official = without_mobile(official)
    current = tuple(held_at(official.holdings, at))
    past = tuple(one for one in official.holdings if one not in current)
    given = tuple(await hand_overs(connection, region, account)) if administers or account == actor.account else ()
    return PersonPage(official, current, past, tuple(await leaves(connection, region, account)), given)


class FirstDay(Struct, frozen=True):
    """What somebody new has done and still has to do, as it is, not as it was ticked."""

    secured: bool
    reachable: bool
    posts: int
    leave_known: bool
    hand_overs_open: int

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.secured and self.reachable and self.leave_known and not self.hand_overs_open


async def first_day(connection: Connection, vault: Vault, actor: Actor, region: str) -> FirstDay:
    """How far ``actor`` has come in ``region``. Raises ``OfficialUnknown``."""
    official = await read_official(connection, vault, region, actor.account)
    contact: Contact = official.contact
    own = [one for one in await leaves(connection, region, actor.account, past=True) if one.account == actor.account]
    waiting = [one for one in await hand_overs(connection, region, actor.account) if one.confirmed_at is None]
    return FirstDay(
        secured=bool(await queries.secured(connection, account=actor.account)),
        reachable=bool(contact.phone or contact.mobile),
        posts=len([p for p in actor.posts if p.region == region and p.substitute_for is None]),
        leave_known=bool(own),
        hand_overs_open=len([one for one in waiting if one.receiver == actor.account]),
    )


async def find(connection: Connection, vault: Vault, region: str, typed: str) -> list[Official]:
    """Who serves in ``region`` and has exactly this log-in name, or else this name."""
    words = typed.strip().lower()
    if not words:
        return []
    asked: dict[str, object] = {"units": []}
    asked |= dict.fromkeys(("account", "login", "external", "department", "after"))
    rows = queries.officials(connection, region=region, typed=words, gone=False, most=200, **asked)
    found = [to_official(vault, row, []) async for row in rows]
    return [one for one in found if one.login == words] or [one for one in found if one.name.lower() == words]


async def every_official(connection: Connection, vault: Vault, region: str, login: str | None = None) -> list[Official]:
    """Everybody who serves or served in ``region`` with all posts, or the one with a log-in name; by log-in name."""
    asked: dict[str, object] = {"units": [], "login": login}
    asked |= dict.fromkeys(("account", "external", "department", "after", "typed"))
    rows = [row async for row in queries.officials(connection, region=region, gone=True, most=100_000, **asked)]
    held: dict[UUID, list[Holding]] = {}
    for one in await holdings_of(connection, region):
        held.setdefault(one.account, []).append(one)
    return [to_official(vault, row, held.get(row.account, [])) for row in rows]


async def person_by_login(connection: Connection, vault: Vault, region: str, login: str) -> Official | None:
    """Who serves or served in ``region`` under a log-in name."""
    return next(iter(await every_official(connection, vault, region, login)), None)
