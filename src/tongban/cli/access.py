"""``tongban access``: who may do what and why not, and what was refused lately. For whoever runs the node.

Mounted by the main command. ``why`` asks the same checkpoint as every page. Exit status: 0 may, 1 may not.
"""

from typing import Annotated

from cyclopts import App, Parameter
from psycopg.rows import namedtuple_row

import tongban.assembly.platform  # noqa: F401  every noun is loaded, so every action is declared
from tongban.basics.database import Connection
from tongban.cli.main import reader_language
from tongban.cli.running import with_database
from tongban.parties.access.asking import actor_of
from tongban.parties.access.denials import REASONS, Denial, newest
from tongban.parties.access.policy import POLICY
from tongban.parties.access.why import Explanation, explain
from tongban.parties.models import Actor, Subject

access_app = App(name="access", help="Who may do what, why not, and what was refused.")


@access_app.command
def why(login: str, action: str, *, region: str, department: str | None = None, owner: str | None = None) -> None:
    """Say whether somebody may do something, which relation would allow it, and which post is missing; exit 1 if not.

    Parameters
    ----------
    login
        Who is asked about.
    action
        What they want to do, such as task.decide; `tongban access actions` lists all.
    region
        Six-digit region of what it is done to.
    department
        The department concerned.
    owner
        Log-in name of whoever the matter belongs to.
    """

    async def ask(connection: Connection) -> tuple[Actor, Explanation]:
        connection.row_factory = namedtuple_row
        actor = await actor_of(connection, login)
        whose = (await actor_of(connection, owner)).account if owner else None
        subject = Subject(region, whose, department, (department,) if department else ())
        return actor, explain(actor, action, subject)

    actor, found = with_database(ask)
    print("\n".join(told(actor, found, 0 if reader_language().startswith("zh") else 1)))
    raise SystemExit(0 if found.allowed else 1)


def told(actor: Actor, found: Explanation, language: int) -> list[str]:
    """The answer, a line for each relation; ``language`` 0 Chinese, 1 English."""
    what, answer = (
        (found.action.zh, found.action.en)[language],
        (("不能办", "may not"), ("可以办", "may"))[found.allowed],
    )
    lines = [f"{actor.login}: {what} ({found.action.name}): {answer[language]}"]
    for need in found.needs:
        missing = "" if need.holds else f" — {(need.missing_zh, need.missing_en)[language]}"
        lines.append(f"  {'✓' if need.holds else '✗'} {(need.zh, need.en)[language]}{missing}")
    posts = "; ".join(f"{post.region} {post.department} {post.role}" for post in actor.posts)
    return [*lines, f"  {('岗位', 'posts')[language]}: {posts or '—'}"]


@access_app.command
def actions() -> None:
    """List every action with the relations that allow it."""
    language = 0 if reader_language().startswith("zh") else 1
    for name, one in sorted(POLICY.items()):
        print(f"{name:28} {'/'.join(one.action.relations):36} {(one.action.zh, one.action.en)[language]}")


@access_app.command
def denials(region: str, *, most: Annotated[int, Parameter(name="--most")] = 50) -> None:
    """List what was refused in a region lately, the newest first."""

    async def read(connection: Connection) -> list[Denial]:
        connection.row_factory = namedtuple_row
        return await newest(connection, [region], most)

    language = 0 if reader_language().startswith("zh") else 1
    for one in with_database(read):
        who, what = one.login or "-", one.label[language]
        print(f"{one.last_at:%Y-%m-%d %H:%M}Z {who:16} {one.times:>5} × {what}: {REASONS[one.reason][language]}")
