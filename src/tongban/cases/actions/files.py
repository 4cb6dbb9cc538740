"""Uploaded documents of a draft, or of a case that waits for its applicant: checked, sealed, removable.

The content is encrypted to its case. Called by the portal, the desk and the API.
"""

import datetime as dt
import hashlib
from uuid import UUID

import structlog
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.basics.upload_errors import (
    UploadActive,
    UploadDamaged,
    UploadInfected,
    UploadNotScanned,
    UploadTooHeavy,
    UploadTooManyPixels,
    UploadTypeLies,
    UploadTypeRefused,
)
from tongban.basics.upload_room import check_apart
from tongban.basics.uploads import Upload, clean_name
from tongban.cases.errors import CaseNotFound, TooManyFiles, UnknownMaterial, WrongState
from tongban.cases.kernel import Kernel
from tongban.cases.models import EDITABLE, WAITING, File
from tongban.cases.rows import context
from tongban.parties.access import trail
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.services.catalogue import JourneyVersion

_SUSPECT = (
    UploadActive, UploadDamaged, UploadInfected, UploadTooHeavy, UploadTooManyPixels, UploadTypeLies, UploadTypeRefused,
)  # fmt: skip
"""What no honest file is refused for as a rule: the refusal is noted for those who watch."""
_log = structlog.get_logger("tongban.uploads")
_queries = load_queries("tongban.cases")
_paths = load_queries("tongban.cases", "paths.sql")
MOST_FILES = 9


class Editable(Struct, frozen=True):
    """The journey of what may be edited. ``clerk``: who helps its applicant at a window, of a case that waits."""

    version: JourneyVersion
    clerk: UUID | None


class Content(Struct, frozen=True):
    """A file with its bytes."""

    name: str
    media_type: str
    content: bytes


async def _editable(
    connection: Connection, kernel: Kernel, actor: Actor, region: str, case_id: UUID, material: str | None = None
) -> Editable:
    """One's own draft or waiting case; an accepted one as long as ``material`` shall still follow.

    A clerk at a window adds to a case only while its department waits. Raises ``CaseNotFound``, ``WrongState``.
    """
    row = await _queries.holder(connection, region=region, id=case_id)
    if row is None:
        raise CaseNotFound()
    about = Subject(region=region, owner=row.owner, service=row.journey, matter=case_id)
    if not may(actor, "draft.change", about):
        raise CaseNotFound()
    helps = row.state is not None and not may(actor, "case.edit", about)
    if helps and row.state not in WAITING:
        raise CaseNotFound()
    fixed = row.state is not None and row.state not in EDITABLE
    if fixed and material not in await _to_follow(connection, region, case_id):
        raise WrongState()
    return Editable(kernel.catalogue.pinned(row.pack, row.version, row.journey), actor.account if helps else None)


async def _to_follow(connection: Connection, region: str, case_id: UUID) -> list[str]:
    """The materials without which the case was accepted and that have not come."""
    return list(await _paths.to_follow(connection, region=region, case_id=case_id) or ())


async def _wanted(
    connection: Connection, kernel: Kernel, actor: Actor, region: str, case_id: UUID, material: str
) -> None:
    """Raises ``UnknownMaterial`` unless ``material`` is uploaded, and what ``_editable`` raises."""
    held = await _editable(connection, kernel, actor, region, case_id, material)
    wanted = held.version.journey.material(material)
    if wanted is None or not any(source.upload for source in wanted.sources):
        raise UnknownMaterial(field=material, material=wanted.name if wanted else material)


async def _checked(
    kernel: Kernel, actor: Actor, subject: Subject, name: str, media_type: str, content: bytes
) -> Upload:
    """The file as it may be kept. A refusal that smells of an attack is noted. Raises the upload errors."""
    try:
        await _scanned(kernel, clean_name(name), content)
        return await check_apart(name, media_type, content)
    except _SUSPECT as refused:
        trail.note(actor, "draft.change", subject, "upload")
        _log.warning("upload.refused", code=refused.code, account=str(actor.account), size=len(content))
        raise


async def _scanned(kernel: Kernel, name: str, content: bytes) -> None:
    """Raises ``UploadInfected``; ``UploadNotScanned`` while the scanner is away: an outage costs availability only."""
    if kernel.scanner is None:
        return
    try:
        found = await kernel.scanner.scan(content)
    except (OSError, TimeoutError) as fault:
        _log.error("upload.scanner_away", reason=type(fault).__name__)
        raise UploadNotScanned(name=name) from fault
    if found is not None:
        _log.warning("upload.infected", found=found[:80])
        raise UploadInfected(name=name)


async def upload(
    kernel: Kernel,
    actor: Actor,
    now: dt.datetime,
    region: str,
    case_id: UUID,
    material: str,
    name: str,
    media_type: str,
    content: bytes,
) -> File:
    """Check and keep one file for ``material``.

    Whether one may is asked before anything is taken apart. Raises the upload errors, ``UnknownMaterial``,
    ``TooManyFiles``.
    """
    async with kernel.database.connection() as connection:
        await _wanted(connection, kernel, actor, region, case_id, material)
    checked = await _checked(kernel, actor, Subject(region=region, owner=actor.account), name, media_type, content)
    async with kernel.database.connection() as connection:
        await _wanted(connection, kernel, actor, region, case_id, material)
        held = await _queries.count_files(connection, region=region, case_id=case_id, material=material)
        if held >= MOST_FILES:
            raise TooManyFiles(field=material, most=MOST_FILES)
        file = File(new_id(), material, checked.name, checked.media_type, len(checked.content), now)
        await _queries.put_file(
            connection,
            region=region,
            case_id=case_id,
            id=file.id,
            material=material,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=hashlib.sha256(checked.content).digest(),
            content=kernel.vault.seal(checked.content, context(region, case_id)),
            now=now,
        )
    return file


async def remove(kernel: Kernel, actor: Actor, now: dt.datetime, region: str, case_id: UUID, file_id: UUID) -> None:
    """Take one's own file off; a clerk, what was brought to the window. Raises ``CaseNotFound``, ``WrongState``."""
    async with kernel.database.connection() as connection:
        held = await _editable(connection, kernel, actor, region, case_id)
        which = {"region": region, "case_id": case_id, "id": file_id, "clerk": held.clerk}
        gone = await _queries.remove_file(connection, **which, now=now)
    if gone is None:
        raise CaseNotFound()


async def brought(kernel: Kernel, clerk: Actor, region: str, case_id: UUID) -> list[UUID]:
    """Which files of a matter that ``clerk`` took up at a window may be taken off there."""
    async with kernel.database.connection() as connection:
        found: list[UUID] = await _queries.brought(connection, region=region, case_id=case_id, clerk=clerk.account)
    return found


async def read_file(kernel: Kernel, actor: Actor, region: str, case_id: UUID, file_id: UUID) -> Content:
    """A file's content, for its owner and for departments whose tasks need its material."""
    async with kernel.database.connection() as connection:
        row = await _queries.holder(connection, region=region, id=case_id)
        if row is None:
            raise CaseNotFound()
        file = await _queries.file(connection, region=region, case_id=case_id, id=file_id)
        users = _users(kernel, row, region, file)
        subject = Subject(region=region, owner=row.owner, departments=users, service=row.journey, matter=case_id)
        if file is None or not may(actor, "file.read", subject):
            raise CaseNotFound()
    content = kernel.vault.open(file.content, context(region, case_id))
    return Content(file.name, file.media_type, content)


def _users(kernel: Kernel, row: object, region: str, file: object) -> tuple[str, ...]:
    """Departments that may open the file of a submitted case: those taking part whose tasks use the material."""
    if file is None or getattr(row, "state", None) is None:
        return ()
    version = kernel.catalogue.pinned(*(getattr(row, name) for name in ("pack", "version", "journey")))
    using = departments_using(kernel, version, region, getattr(file, "material", ""))
    return tuple(set(using) & set(getattr(row, "departments", ())))


def departments_using(kernel: Kernel, version: JourneyVersion, region: str, material_id: str) -> tuple[str, ...]:
    """Ids of the departments that may see what serves for a material: the lead, and those whose tasks need it."""
    material = version.journey.material(material_id)
    tasks = [version.journey.task(t) for t in material.tasks] if material else []
    roles = [version.journey.lead, *(task.department for task in tasks if task)]
    return tuple({kernel.directory.department_for(region, role).id for role in roles})
