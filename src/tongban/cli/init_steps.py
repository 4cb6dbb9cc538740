"""The steps of ``tongban init``, each safe to do again: what stands is seen and left, what is missing is done.

Each returns one sentence that says what stands now. Called in the order of ``STEPS`` by ``tongban init``.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import psycopg
from psycopg.rows import namedtuple_row

from tongban.assembly.divisions import divisions
from tongban.assembly.errors import PackRefused
from tongban.assembly.installing import Plan, install, load_installed, read_installed
from tongban.basics.database import Connection, platform_now
from tongban.basics.errors import TongbanError
from tongban.cli import operations
from tongban.cli.backup_process import base_now
from tongban.cli.custody import read_custody, split_keys
from tongban.cli.home import Home
from tongban.cli.init_answers import Checked
from tongban.cli.init_links import links
from tongban.cli.init_region import divide, region_pack
from tongban.cli.mail import try_mail
from tongban.cli.pack import fault_text, refuse_invented
from tongban.cli.preparing import MOST_FAULTS, Say, prepare_production
from tongban.cli.rehearsing import rehearse_and_note
from tongban.cli.seeding import propose_all_grants
from tongban.cli.settings import Settings
from tongban.connectors.backup.base import archive_of
from tongban.connectors.backup.plan import write_plan
from tongban.connectors.backup.sealing import make_identity, read_identity
from tongban.connectors.mail import write_mail
from tongban.ledger.actions import prepare, record
from tongban.ledger.sealer import seal_all
from tongban.parties.organisation.importing import apply_import, plan
from tongban.parties.organisation.units import UnitWish


class RehearsalFailed(TongbanError):
    """The first backup does not give the node back."""

    code = "init.rehearsal_failed"
    status = 500
    zh = "第一次备份恢复不出完整的节点：{faults}。办法：处理后重新执行 tongban init，从这一步继续。"
    en = "The first backup does not give the node back: {faults}. Repair: mend it, run tongban init again from here."


class Work(msgspec.Struct, frozen=True):
    """What every step is handed. ``conninfo``: the database's address; ``say`` tells progress within a step."""

    settings: Settings
    checked: Checked
    conninfo: str
    say: Say

    @property
    def home(self) -> Home:
        """The working folder."""
        return Home(self.settings.home)


Step = Callable[[Work], Coroutine[Any, Any, str]]


@asynccontextmanager
async def _connected(work: Work) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(
        work.conninfo, autocommit=True, row_factory=namedtuple_row
    ) as connection:
        yield connection


async def keys(work: Work) -> str:
    """The vault's keys and the log's, the former sealed under a master key in parts."""
    answers, home = work.checked.answers, work.home
    signer = home.signer(work.settings.log_origin)
    home.web_secret()
    held = read_custody(home)
    if held is None:
        given = answers.keys
        held = split_keys(home, given.keepers, given.needed, answers.node.public_url, given.master)
    home.vault()
    return f"密钥由 {'、'.join(held.keepers)} 分持（任意 {held.needed} 片可打开），存证日志公钥 {signer.verifier}"


async def database(work: Work) -> str:
    """The database, as production and for ever."""
    platform = await prepare_production(work.conninfo, work.say)
    return f"正式库，已装应用包 {len(platform.packs)} 个"


async def region(work: Work) -> str:
    """The region's own pack, and the packs that were named as far as their roles are played."""
    answers = work.checked.answers
    code, units = answers.region, [row.wish for row in work.checked.sheets.units if isinstance(row.wish, UnitWish)]
    async with _connected(work) as connection:
        installed = (await read_installed(connection)).current()
        active = next((pack for pack in installed if pack.manifest.id == f"region-{code}"), None)
        folder = region_pack(work.settings.home / "region", code, answers.office, units, active)
        divided = divide(folder, work.checked.packs, installed)
        for name, found in divided.waiting.items():
            work.say(f"  {name} 暂不安装：尚无部门承担 {'、'.join(found)}。在机构表“承担职责”填上，再执行 tongban init")
        await _installed(work, connection, [folder, *divided.ready])
        platform = await load_installed(connection)
        await propose_all_grants(connection, platform)
    streets = sum(division.level == "street" for division in platform.directory.region(code).divisions)
    told = f"{divisions().full_name(code)}，{streets} 个街道乡镇；应用包 {'、'.join(platform.packs)}"
    return f"{told}；{len(divided.waiting)} 个待装" if divided.waiting else told


async def _installed(work: Work, connection: Connection, folders: list[Path]) -> None:
    try:
        done = await install(connection, folders, accept=_real)
    except PackRefused as refused:
        for fault in refused.faults[:MOST_FAULTS]:
            work.say(fault_text(Path(), fault))
        raise
    for step in done.steps if done else ():
        work.say(f"  安装 {step.pack.manifest.id} {step.pack.manifest.version}")


def _real(planned: Plan) -> bool:
    refuse_invented(planned)
    return True


async def organisation(work: Work) -> str:
    """Departments, positions and staff from the workbook, all of them or none."""
    code, sheets = work.checked.answers.region, work.checked.sheets
    async with _connected(work) as connection:
        now, vault = await platform_now(connection), work.home.vault()
        planned = await plan(connection, vault, None, code, sheets, now)
        changes = [one for one in planned.changes if one.kind != "staff.known"]
        if changes:
            await apply_import(connection, vault, None, code, sheets, now)
    return (
        f"机构 {len(sheets.units)}、岗位 {len(sheets.positions)}、人员 {len(sheets.staff)}，本次改动 {len(changes)} 处"
    )


async def administrators(work: Work) -> str:
    """One-time links for those who have never signed in."""
    async with _connected(work) as connection:
        made, kept = await links(connection, work.checked, work.settings.public_url)
    if not made and not kept:
        return "管理员都已登录过"
    return f"一次性链接在 {work.checked.answers.links}：新出 {len(made)} 份，仍有效 {len(kept)} 份。请当面交给本人"


async def mail(work: Work) -> str:
    """Settings of mail kept, and a trial sent through the bureau's own server."""
    given = work.checked.answers.mail
    if given is None:
        return "没有设置邮件，消息只在平台内送达。以后执行 tongban mail set"
    write_mail(work.settings.home, given.settings)
    async with _connected(work) as connection:
        try:
            sent = await try_mail(connection, work.settings, given.try_to)
        except TongbanError as error:
            return f"✗ {error.message('zh-CN')} 其余步骤继续"
    return f"试发成功，{given.settings.host} 收下了 {sent}"


async def backup(work: Work) -> str:
    """The plan kept, the operator's key made, a first base taken, and restored in a rehearsal."""
    answers = work.checked.answers.backup
    recipient = _recipient(answers.identity, work.settings.home)
    given = answers.plan(recipient)
    write_plan(work.settings.home, given)
    await _seal_ledger(work)
    base = await asyncio.to_thread(base_now, work.settings, given, archive_of(given, work.conninfo), work.conninfo)
    work.say(f"  备份 {base.folder}，{base.manifest.size // 1024} kB；演练恢复")
    done = await rehearse_and_note(work.settings, work.conninfo, read_identity(answers.identity))
    if not done.well:
        raise RehearsalFailed(faults="；".join(done.faults))
    return f"备份已演练恢复：{done.seconds:.1f} 秒，存证 {done.entries} 条重算一致。私钥 {answers.identity} 请带走保管"


def _recipient(identity: Path, home: Path) -> str:
    if identity.exists():
        return str(read_identity(identity).to_public())
    return make_identity(identity)


async def _seal_ledger(work: Work) -> None:
    """What was recorded so far goes into the tree, so that the rehearsal verifies something."""
    async with _connected(work) as connection:
        await seal_all(connection, work.home.signer(work.settings.log_origin))


async def note_end(work: Work) -> None:
    """One entry in the ledger, once: who holds parts, who administers, that a restore was rehearsed."""
    code, held = work.checked.answers.region, read_custody(work.home)
    subject = installation_subject(code)
    async with _connected(work) as connection:
        if await operations.latest(connection, "init", "done") is not None:
            return
        async with operations.noted(connection, "init") as told:
            now = await platform_now(connection)
            facts: dict[str, object] = {"parts": held and held.group, "keepers": len(held.keepers) if held else 0}
            facts |= {"administrators": len(work.checked.administrators), "packs": [p.name for p in work.checked.packs]}
            await record(connection, prepare(code, "installation.completed", subject, facts, now))
            told.update(facts)


def installation_subject(region: str) -> UUID:
    """Under which id the installation's own entries stand in the ledger."""
    return uuid5(NAMESPACE_URL, f"urn:tongban:installation:{region}")


STEPS: tuple[tuple[str, Step], ...] = (
    ("密钥与保管人", keys),
    ("数据库", database),
    ("区划与应用包", region),
    ("机构、岗位、人员", organisation),
    ("管理员", administrators),
    ("邮件", mail),
    ("备份与演练恢复", backup),
)
