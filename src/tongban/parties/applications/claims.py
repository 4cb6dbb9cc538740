"""What an application learns about a person, by scope: nothing that was not agreed, and never the identity number.

Called for id tokens, for userinfo, and for the page on which a person agrees, which shows these very values.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tongban.basics.database import Connection
from tongban.basics.text import mask_phone
from tongban.basics.vault import Vault
from tongban.parties.actions import particulars
from tongban.parties.applications.models import Application, Claims
from tongban.parties.applications.reading import queries
from tongban.parties.applications.rules import subject_of
from tongban.parties.applications.scopes import ENTERPRISE, FULL_PHONE, PHONE, POSTS, PROFILE
from tongban.parties.directory import Directory
from tongban.parties.enterprises import enterprise_particulars
from tongban.parties.models import Actor, Enterprise, Post


async def claims_of(
    connection: Connection,
    vault: Vault,
    directory: Directory,
    application: Application,
    actor: Actor,
    scopes: Iterable[str],
    enterprise: UUID | None,
) -> Claims:
    """The claims about ``actor`` that ``scopes`` give to ``application``.

    ``enterprise``: the hat that was put on; it is told only while the mandate stands. What is not known is left out.
    """
    wanted = set(scopes)
    found: dict[str, Any] = {"sub": subject_of(vault, application, actor.person)}
    if PROFILE in wanted:
        found["name"] = actor.name
    if wanted & {PHONE, FULL_PHONE}:
        found.update(_phone(vault, actor, full=FULL_PHONE in wanted))
    if POSTS in wanted and actor.official:
        # What was lent for a leave is work of this platform's, and no post.
        found["posts"] = [_post(directory, post) for post in actor.posts if post.substitute_for is None]
    if ENTERPRISE in wanted and enterprise is not None:
        found.update(await _enterprise(connection, vault, actor, enterprise))
    return found


def _phone(vault: Vault, actor: Actor, *, full: bool) -> dict[str, Any]:
    number = particulars(vault, actor).mobile
    if not number:
        return {}
    return {"phone_number": f"+86{number}" if full else mask_phone(number)}


def _post(directory: Directory, post: Post) -> dict[str, Any]:
    known = directory.department(post.region, post.department) if post.region in directory.regions else None
    told: dict[str, Any] = {
        "region": post.region,
        "department": post.department,
        "department_name": known.name if known else post.department,
        "role": post.role,
        "acting": post.acting,
    }
    return told | ({"title": post.title} if post.title else {})


async def _enterprise(connection: Connection, vault: Vault, actor: Actor, enterprise: UUID) -> dict[str, Any]:
    mandate = actor.mandate(enterprise)
    row = await queries.enterprise(connection, id=enterprise) if mandate else None
    if mandate is None or row is None:
        return {}
    stored = Enterprise(row.id, row.name, row.key, row.sealed)
    code = enterprise_particulars(vault, stored).uscc
    return {"enterprise": {"name": mandate.name, "uscc": code, "capacity": mandate.capacity}}
