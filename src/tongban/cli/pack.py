"""``tongban pack``: check, make, install and list packs, and publish their JSON Schemas.

Mounted by the main command. Exit status: 0 done, 1 refused (every fault is printed) or declined.
"""

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from psycopg.rows import namedtuple_row

from tongban.assembly.errors import BadPackId, PackRefused
from tongban.assembly.faults import Fault
from tongban.assembly.installing import Plan, install, load_installed, queries
from tongban.assembly.loading import Loaded, load_packs, required_nearby
from tongban.assembly.scaffold import scaffold
from tongban.assembly.schemas import schemas
from tongban.basics.database import Connection
from tongban.basics.demonstration import is_demonstration
from tongban.cli.clock_file import clock_schema
from tongban.cli.errors import DemonstrationPack
from tongban.cli.main import reader_language
from tongban.cli.running import with_database

pack_app = App(name="pack", help="Check, test, make, install and list packs.")
pack_app.command("tongban.cli.stories:test", name="test", help="Play a pack's stories against a real kernel.")
pack_app.command("tongban.cli.export_bpmn:bpmn", name="bpmn", help="Write a journey as a BPMN 2.0 diagram.")

PACK_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
Json = Annotated[bool, Parameter(name="--json", negative="")]
Yes = Annotated[bool, Parameter(name=["--yes", "-y"], negative="")]

WORDS = {
    "zh-CN": {
        "no_folder": "请写明应用包的文件夹，例如：tongban pack check packs/birth",
        "sound": "没有错误",
        "faults": "{count} 处错误，{warnings} 处提醒",
        "warning": "提醒",
        "new": "新装",
        "update": "更新",
        "nothing": "这些版本都已安装，没有要改动的内容。",
        "ask": "以上是全部变更。现在安装吗？[y/N] ",
        "declined": "没有安装。",
        "installed": "已安装",
        "none": "还没有安装任何应用包。",
        "active": "在用",
        "made": "已生成 {folder}。下一步：tongban pack check {folder}",
        "more": "  …… 还有 {count} 项（加 --full 全部显示）",
    },
    "en": {
        "no_folder": "Name the folders of packs, for instance: tongban pack check packs/birth",
        "sound": "nothing wrong",
        "faults": "{count} faults, {warnings} warnings",
        "warning": "warning",
        "new": "new",
        "update": "update",
        "nothing": "These versions are installed already: nothing to change.",
        "ask": "These are all changes. Install now? [y/N] ",
        "declined": "Nothing was installed.",
        "installed": "installed",
        "none": "No pack is installed.",
        "active": "active",
        "made": "Made {folder}. Next: tongban pack check {folder}",
        "more": "  … and {count} more (--full shows all)",
    },
}
FIRST_LINES = 40


def _word(key: str, **data: object) -> str:
    return WORDS[reader_language()][key].format(**data)


@pack_app.command
def check(*folders: Path, as_json: Json = False) -> None:
    """Read and check packs; print every fault with file, line, key, value found and repair.

    Parameters
    ----------
    folders
        Folders of packs. Packs that they require are found beside them.
    as_json
        Print the faults as JSON.
    """
    if not folders:
        raise SystemExit(_word("no_folder"))
    loaded = load_packs(folders, required_nearby(folders))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode([_as_data(one) for one in loaded]), indent=2).decode())
    else:
        for one in loaded:
            print(_told(one))
    raise SystemExit(0 if all(one.pack is not None for one in loaded) else 1)


def _as_data(one: Loaded) -> dict[str, Any]:
    return {"pack": str(one.folder), "sound": one.pack is not None, "faults": [fault_data(f) for f in one.faults]}


def fault_data(fault: Fault) -> dict[str, Any]:
    """A fault for programs: its place, code, value found, and both languages' message and repair."""
    return {
        "file": fault.file,
        "line": fault.line,
        "key": fault.key,
        "code": fault.code,
        "found": fault.found,
        "warning": fault.warning,
        "message": {"zh-CN": fault.message("zh-CN"), "en": fault.message("en")},
        "repair": {"zh-CN": fault.repair("zh-CN"), "en": fault.repair("en")},
    }


def _told(one: Loaded) -> str:
    warnings = sum(fault.warning for fault in one.faults)
    count = len(one.faults) - warnings
    head = _word("faults", count=count, warnings=warnings) if one.faults else _word("sound")
    return "\n".join([f"{one.folder}: {head}", *(fault_text(one.folder, fault) for fault in one.faults)])


def fault_text(folder: Path, fault: Fault) -> str:
    """A fault for people: place first, so that editors and terminals can jump there."""
    language = reader_language()
    line = f":{fault.line}" if fault.line else ""
    mark = f"{_word('warning')}: " if fault.warning else ""
    return (
        f"{folder / fault.file}{line}: {fault.key}\n    {mark}{fault.message(language)}\n    → {fault.repair(language)}"
    )


@pack_app.command
def new(name: str, /, *, into: Path = Path("packs")) -> None:
    """Make a new pack, complete with a form, a licence, strings and a story, that passes the check at once.

    Parameters
    ----------
    name
        Id of the pack, which names its folder too.
    into
        Folder to make it in.
    """
    if not PACK_ID.fullmatch(name):
        raise BadPackId(found=name)
    published = into / ".." / "docs" / "schema"
    folder = scaffold(name, into, "../../../docs/schema" if published.is_dir() else None)
    print(_word("made", folder=folder))


@pack_app.command(name="install")
def install_packs(*folders: Path, yes: Yes = False, full: bool = False, database: str | None = None) -> None:
    """Show what would change, ask, and install: all of the packs or none of them.

    Parameters
    ----------
    folders
        Folders of packs.
    yes
        Do not ask.
    full
        Show every change, however many there are.
    database
        libpq address; by default TONGBAN_DATABASE_URL, else the running embedded server.
    """

    # Only installing needs the whole platform; checking a pack stays quick.
    from tongban.cli.seeding import propose_all_grants

    def sparing(plan: Plan) -> bool:
        refuse_invented(plan)
        return accept(plan)

    def accept(plan: Plan) -> bool:
        print(_shown(plan, full))
        return yes or _agreed()

    async def act(connection: Connection) -> Plan | None:
        done = await install(connection, folders, accept=sparing if await is_production(connection) else accept)
        if done is not None:
            # Doing it again is harmless: a start that finds a grant missing proposes it too.
            connection.row_factory = namedtuple_row
            await propose_all_grants(connection, await load_installed(connection))
        return done

    try:
        done = with_database(act, database)
    except PackRefused as refused:
        print("\n".join(fault_text(Path(), fault) for fault in refused.faults), file=sys.stderr)
        raise
    if done is None:
        raise SystemExit(_word("declined"))
    for step in done.steps:
        print(f"{step.pack.manifest.id} {step.pack.manifest.version}: {_word('installed')}")
    if not done.steps:
        print(_word("nothing"))


async def is_production(connection: Connection) -> bool:
    """Whether real people's matters lie there; an empty database is not yet."""
    cursor = await connection.execute("SELECT to_regclass('installation')")
    row = await cursor.fetchone()
    return row is not None and row[0] is not None and not await is_demonstration(connection)


def refuse_invented(plan: Plan) -> None:
    """Raise ``DemonstrationPack`` when ``plan`` brings a region whose departments are invented."""
    found = [step.pack.manifest.id for step in plan.steps if any(one.demonstration for one in step.pack.regions)]
    if found:
        raise DemonstrationPack(packs="、".join(found))


def _agreed() -> bool:
    try:
        return input(_word("ask")).strip().lower() in ("y", "yes", "是")
    except EOFError:
        return False


def _shown(plan: Plan, full: bool) -> str:
    lines: list[str] = []
    for step in plan.steps:
        version = step.pack.manifest.version
        before = f"{step.old.manifest.version} → {version}" if step.old else version
        lines.append(f"{step.pack.manifest.id} {before} ({_word('update' if step.old else 'new')})")
        told = [line for change in step.changes for line in change.lines(reader_language())]
        kept = told if full or step.old else told[:FIRST_LINES]
        lines += [f"  {line}" for line in kept]
        if len(told) > len(kept):
            lines.append(_word("more", count=len(told) - len(kept)))
    return "\n".join(lines)


@pack_app.command(name="list")
def list_packs(*, as_json: Json = False, database: str | None = None) -> None:
    """List every installed version; the active one of each pack is marked.

    Parameters
    ----------
    as_json
        Print as JSON.
    database
        libpq address; by default TONGBAN_DATABASE_URL, else the running embedded server.
    """

    async def act(connection: Connection) -> list[tuple[Any, ...]]:
        return [tuple(row) async for row in queries.listed_packs(connection)]

    rows = with_database(act, database)
    names = ("id", "version", "digest", "installed_at", "active")
    if as_json:
        print(msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode())
    for name, version, digest, installed_at, active in [] if as_json else rows:
        print(f"{name} {version}  {digest[:12]}  {installed_at:%Y-%m-%d %H:%M}  {_word('active') if active else ''}")
    if not rows and not as_json:
        print(_word("none"))


@pack_app.command
def schema(*, out: Path | None = None) -> None:
    """Print the JSON Schemas of the pack format, or write them as files.

    Parameters
    ----------
    out
        Folder to write them to.
    """
    for file, text in schema_files().items():
        if out is None:
            print(text)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / file).write_text(text, encoding="utf-8")


def schema_files() -> dict[str, str]:
    """File name → text of every published schema."""
    return {
        name: msgspec.json.format(msgspec.json.encode(made), indent=2).decode() + "\n"
        for name, made in {**schemas(), "clock.json": clock_schema()}.items()
    }
