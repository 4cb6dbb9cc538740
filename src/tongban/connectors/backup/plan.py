"""Where backups go, for whom they are sealed, and how long they stay: ``backup.yaml`` of the working folder.

Read by the commands, the backup process and the doctor; written by ``tongban backup set`` and ``tongban init``.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import yaml

from tongban.connectors.backup.errors import BackupPlanWrong, NoBackupPlan
from tongban.ledger.keys import write_durably

FILE = "backup.yaml"
AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class BackupPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One deployment's backups.

    ``destination``: a mounted folder of another machine. ``recipients``: public keys (age, X25519) for which every
    file is sealed; the private ones never lie on the node. ``keys_to``: folder for the sealed copy of the keys, never
    in ``destination``. ``at``: when the daily base is made, Chinese time. ``keep_days``: every base of so many days
    stays, and beyond them one a week for ``keep_weeks``. ``seal_seconds``: how much of the newest the archive may lack.
    """

    destination: Path
    recipients: list[str]
    keys_to: Path | None = None
    at: str = "02:30"
    keep_days: int = 14
    keep_weeks: int = 8
    seal_seconds: int = 60


def read_plan(home: Path) -> BackupPlan:
    """The plan of the node in ``home``. Raises ``NoBackupPlan``, ``BackupPlanWrong`` with every fault."""
    file = home / FILE
    if not file.exists():
        raise NoBackupPlan(file=str(file))
    try:
        plan = msgspec.convert(yaml.safe_load(file.read_text("utf-8")), BackupPlan, strict=False, dec_hook=as_path)
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise BackupPlanWrong(file=str(file), faults=" ".join(str(error).split())) from error
    if faults := list(faults_of(plan, home)):
        raise BackupPlanWrong(file=str(file), faults="; ".join(faults))
    return plan


def as_path(kind: type, value: object) -> Path:
    """A folder or file as these lists of a deployment write it. Raises ``ValueError`` for anything but text."""
    if kind is not Path or not isinstance(value, str):
        raise ValueError(f"a path is wanted, not {value!r}")
    return Path(value)


def write_plan(home: Path, plan: BackupPlan) -> None:
    """Keep ``plan``, whole or not at all. Raises ``BackupPlanWrong``."""
    if faults := list(faults_of(plan, home)):
        raise BackupPlanWrong(file=str(home / FILE), faults="; ".join(faults))
    draft = home / f".{FILE}"
    content = yaml.safe_dump(msgspec.to_builtins(plan, enc_hook=str), allow_unicode=True, sort_keys=False)
    write_durably(draft, content.encode())
    draft.rename(home / FILE)


def faults_of(plan: BackupPlan, home: Path) -> Iterable[str]:
    """Every reason for which ``plan`` can not be followed, each with its key."""
    import pyrage

    if not plan.destination.is_absolute() or not plan.destination.is_dir():
        yield f"destination {plan.destination}: not an existing absolute folder"
    elif _within(plan.destination, home):
        yield f"destination {plan.destination}: inside the working folder, which it must outlive"
    if plan.keys_to is not None:
        yield from _keys_faults(plan, plan.keys_to, home)
    if not plan.recipients:
        yield "recipients: none; a backup is never written unsealed"
    for one in plan.recipients:
        try:
            pyrage.x25519.Recipient.from_str(one)
        except pyrage.RecipientError:
            yield f"recipients {one}: no age public key (age1…)"
    if not AT.fullmatch(plan.at):
        yield f"at {plan.at}: give HH:MM"
    for name, least in (("keep_days", 1), ("keep_weeks", 0), ("seal_seconds", 5)):
        if getattr(plan, name) < least:
            yield f"{name} {getattr(plan, name)}: at least {least}"


def _keys_faults(plan: BackupPlan, place: Path, home: Path) -> Iterable[str]:
    if not place.is_absolute() or not place.is_dir():
        yield f"keys_to {place}: not an existing absolute folder"
    elif _within(place, plan.destination) or _within(plan.destination, place) or _within(place, home):
        yield f"keys_to {place}: keys never lie with the backups, nor only on the node"


def _within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve())


def kept(moments: Sequence[dt.datetime], now: dt.datetime, days: int, weeks: int) -> set[dt.datetime]:
    """Which of the bases made at ``moments`` stay: all of ``days``, one a week for ``weeks``, and always the newest."""
    staying = {moment for moment in moments if now - moment <= dt.timedelta(days=days)} | set(sorted(moments)[-1:])
    weekly: dict[tuple[int, int], dt.datetime] = {}
    for moment in sorted(moments, reverse=True):
        if now - moment <= dt.timedelta(weeks=weeks):
            year, week, _ = moment.isocalendar()
            weekly[year, week] = moment  # the oldest of a week: the newest moves on as days pass, and would go
    return staying | set(weekly.values())
