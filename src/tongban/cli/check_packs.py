"""Whether what is installed holds together: packs, roles, grants, layouts. Called by the doctor."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tongban.assembly.checks import run_checks
from tongban.assembly.checks.scope import Scope
from tongban.assembly.installing import Installed, read_installed
from tongban.assembly.places import Places
from tongban.assembly.platform import Platform, assemble
from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.cli import findings
from tongban.cli.findings import Finding
from tongban.connectors.typesetting import Typesetter, chinese_date
from tongban.licences.definitions import LicenceType
from tongban.parties.definitions import Department
from tongban.resources.actions import grants
from tongban.resources.definitions import GrantNeed
from tongban.resources.models import Grant

SOON = dt.timedelta(days=30)
INSTALL = ("tongban pack install <文件夹>", "tongban pack install <folder>")


async def check_packs(connection: Connection) -> tuple[list[Finding], Platform | None]:
    """The installed versions and the platform they make; None when they make none."""
    try:
        installed = await read_installed(connection)
        platform = assemble(installed.current(), installed.earlier())
    except TongbanError as error:
        repair = ("从备份恢复数据库", "restore the database from the backup")
        return [findings.refused("packs.sound", error, repair)], None
    if not platform.packs:
        found = ("尚未安装应用包，没有可办的事", "no pack is installed: nothing can be applied for")
        return [findings.warning("packs.sound", found, INSTALL)], None
    return [*_sound(installed), *_bound(platform)], platform


def _sound(installed: Installed) -> list[Finding]:
    packs = installed.current()
    found = []
    for pack in packs:
        scope = Scope(pack, Places(), tuple(other for other in packs if other is not pack), installing=True)
        faults = [one for one in run_checks(scope) if not one.warning]
        if faults:
            name, first = pack.manifest.id, faults[0]
            shown = (
                f"{name} 有 {len(faults)} 处问题：{first.key} {first.message('zh-CN')}",
                f"{name} has {len(faults)} faults: {first.key} {first.message('en')}",
            )
            found.append(findings.fault("packs.sound", shown, INSTALL))
    names = ", ".join(f"{pack.manifest.id} {pack.manifest.version}" for pack in packs)
    return found or [findings.ok("packs.sound", names, names)]


def _bound(platform: Platform) -> list[Finding]:
    found = []
    for region in platform.directory.regions.values():
        if missing := sorted(role for role in roles(platform) if region.department_for(role) is None):
            shown = ", ".join(missing)
            repair = (
                f"在 {region.name} 的区划包中把它们绑定到部门",
                f"bind them to departments in the pack of {region.name}",
            )
            said = (f"{region.name} 无部门承担：{shown}", f"{region.name} binds nobody to: {shown}")
            found.append(findings.fault("packs.roles", said, repair))
    return found or [findings.ok("packs.roles", "各角色都有部门承担", "every role has a department")]


def roles(platform: Platform) -> set[str]:
    """Every department role that installed definitions name."""
    journeys = [version.journey for version in platform.catalogue.active.values()]
    named = {journey.lead for journey in journeys} | {task.department for j in journeys for task in j.tasks}
    return named | {kind.issuer for kind in platform.licence_types.values()} | {g.consumer for g in platform.grants}


def issuers(platform: Platform) -> list[Department]:
    """The departments that issue licences, in every region."""
    found = {}
    for region in platform.directory.regions.values():
        for kind in platform.licence_types.values():
            department = region.department_for(kind.issuer)
            if department is not None:
                found[department.uscc] = department
    return list(found.values())


async def check_grants(connection: Connection, platform: Platform, now: dt.datetime) -> list[Finding]:
    """Whether every look-up that a journey needs is granted now and for thirty days more."""
    found: list[Finding] = []
    for region in platform.directory.regions:
        given = await grants(connection, region)
        found += [one for need in platform.grants for one in _grant(need, given, now)]
    return found or [
        findings.ok("packs.grants", f"{len(platform.grants)} 项授权有效", f"{len(platform.grants)} grants hold")
    ]


def _grant(need: GrantNeed, given: Sequence[Grant], now: dt.datetime) -> Iterator[Finding]:
    mine = [grant for grant in given if grant.need == need.id and grant.journey == need.journey]
    until = max((grant.valid_until for grant in mine if grant.revoked_at is None), default=None)
    repair = (
        "请数据主管部门续期或重新授权；新装应用包的授权在重启时提出",
        "have the department that owns the data renew it; those of new packs are proposed at a restart",
    )
    fallback = ("，申请人须自行上传", ": applicants must upload instead")
    if until is None:
        revoked = ("已撤回", "was revoked") if mine else ("尚未给出", "was never given")
        shown = (f"授权 {need.id} {revoked[0]}{fallback[0]}", f"the grant {need.id} {revoked[1]}{fallback[1]}")
        yield findings.warning("packs.grants", shown, repair)
    elif until <= now:
        day = local_day(until)
        shown = (f"授权 {need.id} 已于 {day} 到期{fallback[0]}", f"the grant {need.id} ended on {day}{fallback[1]}")
        yield findings.fault("packs.grants", shown, repair)
    elif until <= now + SOON:
        day = local_day(until)
        yield findings.warning(
            "packs.grants", (f"授权 {need.id} {day} 到期", f"the grant {need.id} ends on {day}"), repair
        )


def check_layouts(platform: Platform, fonts: Path, now: dt.datetime) -> list[Finding]:
    """Set every licence's layout once with blanks for values."""
    folders = sorted(folder for folder in fonts.iterdir() if folder.is_dir()) if fonts.is_dir() else []
    if not folders:
        found = ("没有字体，证照无法排版", "there are no fonts: licences can not be set")
        return [findings.fault("packs.layouts", found, ("make assets", "make assets"))]
    setter, found_ = Typesetter(folders), []
    for name, layout in platform.layouts.items():
        try:
            setter.pdf(layout, _blank(platform.licence_types[name], now), now)
        except TongbanError as error:
            found_.append(
                findings.refused("packs.layouts", error, (f"更正 {name} 的版式", f"mend the layout of {name}"))
            )
    count = len(platform.layouts)
    return found_ or [findings.ok("packs.layouts", f"{count} 个证照版式可排版", f"{count} layouts can be set")]


def _blank(kind: LicenceType, now: dt.datetime) -> dict[str, str]:
    """The contract of a layout (``connectors.documents``) with a dash for every value."""
    from tongban.connectors.documents import qr_svg  # large: loaded where layouts are set, and nowhere else

    data = {
        "type_name": kind.name,
        "number": "—",
        "code": "—",
        "holder_name": "—",
        "issuer_name": "—",
        "issued_on": chinese_date(local_day(now)),
        "valid_until": None,
        "fields": [{"label": field.label, "value": "—"} for field in kind.fields],
        "verify_url": "https://example.invalid/verify",
        "demonstration": True,
    }
    return {"data": msgspec.json.encode(data).decode(), "qr": qr_svg("https://example.invalid/verify")}
