"""The last lines of ``tongban run``: where it is, and who may sign in."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from tongban.assembly.definitions import Person
from tongban.assembly.platform import Platform
from tongban.cli.seeding import PASSWORD, seats
from tongban.parties.log_in.passkeys import relying_party

A_LINE = 3
"""Accounts on one line, so that none is broken at 100 columns."""
ROLES = {"handler": "经办人", "head": "负责人", "clerk": "窗口人员", "administrator": "管理员", "supervisor": "督查员"}


def print_accounts(console: Console, platform: Platform, address: str) -> None:
    """Print the addresses and the demonstration accounts: citizens together, officials by department.

    The machine is called by name, because browsers keep no passkeys for a number.
    """
    address = relying_party(address, "").origin
    people = [person for person in platform.seeds.people if person.account]
    console.print(f"\n[bold]演示账号[/]（人物、证件号码均为虚构），密码都是 [bold]{PASSWORD}[/]")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    citizens = [f"{person.account} {person.name}" for person in people if not person.posts]
    for group, found in {"群众": citizens, **_officials(platform, people)}.items():
        for first in range(0, len(found), A_LINE):
            table.add_row("" if first else group, "  ".join(found[first : first + A_LINE]))
    console.print(table, soft_wrap=False)
    console.print(f"\n[bold]{address}[/]  门户，群众办事")
    console.print(f"[bold]{address}/desk[/]  工作台，公务人员办件")
    console.print(f"[bold]{address}/verify[/]  证照核验，人人可用")


def _officials(platform: Platform, people: Iterable[Person]) -> dict[str, list[str]]:
    """Department name → its officials with their roles."""
    regions = seats(platform)
    found: dict[str, list[str]] = {}
    for person in people:
        for department, role in person.posts.items():
            known = platform.directory.department(regions[department], department)
            name = known.short if known else department
            found.setdefault(name, []).append(f"{person.account} {person.name}（{ROLES.get(role, role)}）")
    return found
