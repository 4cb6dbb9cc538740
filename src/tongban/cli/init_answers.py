"""What an installation is told: the answers of ``tongban init``, read from a file or asked, and every fault in them.

Nothing is done while anything is wrong: a fault names the key and the repair.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from tongban.assembly.divisions import divisions
from tongban.basics.errors import TongbanError
from tongban.cli.custody import Keeper, keepers_fault
from tongban.cli.errors import FileUnreadable
from tongban.cli.run import pack_folders
from tongban.cli.settings import DEMONSTRATION_ORIGIN, read_settings
from tongban.connectors.backup.plan import BackupPlan, as_path, faults_of
from tongban.connectors.mail import MailSettings
from tongban.parties.organisation.errors import Unfit
from tongban.parties.organisation.sheets import Sheets, StaffWish, read_sheets
from tongban.parties.organisation.units import PositionWish, UnitWish

Words = tuple[str, str]


class AnswersWrong(TongbanError):
    """The answers can not be used; nothing was done."""

    code = "init.answers_wrong"
    status = 422
    zh = "安装答案有 {count} 处需要修改，尚未改动任何东西：\n{faults}"
    en = "{count} answers must be corrected; nothing was done:\n{faults}"

    def __init__(self, faults: list[tuple[str, Words]]) -> None:
        """``faults``: key, and what is wrong with the repair in two languages; never empty."""
        self.faults = faults
        super().__init__(count=len(faults), faults="\n".join(f"  {key}: {zh} / {en}" for key, (zh, en) in faults))


class _Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys that are not known are refused: a misspelt one would silently keep its default."""


class NodeAnswers(_Answers, frozen=True):
    """How the node is seen. ``log_origin``: the ledger's name for ever, as ``log.example.gov.cn/2026``."""

    public_url: str
    log_origin: str
    host: str = "127.0.0.1"
    port: int = 8080
    database_url: str | None = None
    witness_url: str | None = None

    def environment(self) -> dict[str, str]:
        """The same as settings."""
        given = {
            "TONGBAN_PUBLIC_URL": self.public_url,
            "TONGBAN_LOG_ORIGIN": self.log_origin,
            "TONGBAN_HOST": self.host,
            "TONGBAN_PORT": str(self.port),
            "TONGBAN_DATABASE_URL": self.database_url,
            "TONGBAN_WITNESS_URL": self.witness_url,
        }
        return {name: value for name, value in given.items() if value}


class KeysAnswers(_Answers, frozen=True):
    """Who holds parts of the master key, how many open, and where it lies while the node works."""

    keepers: list[Keeper]
    needed: int = 2
    master: Path | None = None


class BackupAnswers(_Answers, frozen=True):
    """Where backups go. ``identity``: new file for the operator's private key, on a medium that is carried away."""

    destination: Path
    keys_to: Path
    identity: Path
    at: str = "02:30"
    keep_days: int = 14
    keep_weeks: int = 8
    seal_seconds: int = 60

    def plan(self, recipient: str) -> BackupPlan:
        """As the backup process reads it."""
        return BackupPlan(
            self.destination, [recipient], self.keys_to, self.at, self.keep_days, self.keep_weeks, self.seal_seconds
        )


class MailAnswers(_Answers, frozen=True):
    """How mail leaves, and to whom the trial goes. The password stands in ``password_file``."""

    settings: MailSettings
    try_to: str


class Answers(_Answers, frozen=True):
    """Everything. ``region``: six digits of the county; ``organisation``: the workbook; ``links``: folder for the
    administrators' one-time links; ``packs``: ids of packs that come with the program, or folders."""

    node: NodeAnswers
    region: str
    organisation: Path
    keys: KeysAnswers
    backup: BackupAnswers
    links: Path
    packs: list[str] = []
    office: tuple[str, ...] = ("09:00-12:00", "13:30-17:00")
    mail: MailAnswers | None = None


class Checked(msgspec.Struct, frozen=True):
    """Answers without faults, with what was read for the check."""

    answers: Answers
    sheets: Sheets
    packs: tuple[Path, ...]
    administrators: tuple[str, ...]


def read_answers(file: Path) -> Answers:
    """The answers in ``file``; paths are relative to it. Raises ``FileUnreadable``, ``AnswersWrong``."""
    try:
        text = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise FileUnreadable(file=str(file), reason=" ".join(str(error).split())) from error
    return decode(text, file.absolute().parent)


def decode(given: object, folder: Path) -> Answers:
    """The answers in plain values; relative paths begin at ``folder``. Raises ``AnswersWrong``."""

    def path(kind: type, value: object) -> Path:
        return folder / as_path(kind, value)

    try:
        return msgspec.convert(given, Answers, strict=False, dec_hook=path)
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at ")
        raise AnswersWrong([(key.strip("`$.") or "-", (what, what))]) from error


def check(answers: Answers, home: Path, *, identity_made: bool = False, split: bool = False) -> Checked:
    """Everything that can be known to be wrong beforehand. Raises ``AnswersWrong`` with all of it.

    ``identity_made``, ``split``: an earlier run has made the operator's key, or split the master key.
    """
    faults = [*_node(answers.node, home), *_region(answers.region), *_keys(answers, home, split)]
    faults += [*_backup(answers.backup, home, identity_made), *_mail(answers.mail)]
    sheets, administrators, wrong = _organisation(answers.organisation)
    packs, missing = _packs(answers.packs)
    faults += wrong + missing
    if not answers.links.is_dir():
        faults.append(("links", (f"目录不存在：{answers.links}", f"there is no folder {answers.links}")))
    if faults or sheets is None:
        raise AnswersWrong(faults)
    return Checked(answers, sheets, packs, administrators)


def _node(node: NodeAnswers, home: Path) -> Iterator[tuple[str, Words]]:
    try:
        read_settings({"TONGBAN_HOME": str(home), **node.environment()})
    except TongbanError as error:
        yield "node", (error.message("zh-CN"), error.message("en"))
    if node.log_origin == DEMONSTRATION_ORIGIN:
        yield "node.log_origin", ("演示名称不能用于正式环境", "the demonstration's name is not for production")


def _region(code: str) -> Iterator[tuple[str, Words]]:
    if len(code) != 6 or not divisions().exists(code):
        yield (
            "region",
            (f"“{code}”不是现行县级区划代码，tongban code check region 可以核对", f"no present county's code: {code}"),
        )


def _keys(answers: Answers, home: Path, split: bool) -> Iterator[tuple[str, Words]]:
    fault = None if split else keepers_fault(answers.keys.keepers, answers.keys.needed, home)
    if fault is not None:
        yield "keys.keepers", fault
    if answers.keys.master is not None and not answers.keys.master.is_absolute():
        yield "keys.master", ("应为绝对路径", "give an absolute path")


def _backup(backup: BackupAnswers, home: Path, identity_made: bool) -> Iterator[tuple[str, Words]]:
    import pyrage

    stand_in = str(pyrage.x25519.Identity.generate().to_public())
    for fault in faults_of(backup.plan(stand_in), home):
        yield f"backup.{fault.split()[0]}", (fault, fault)
    where = backup.identity
    if not where.parent.is_dir() or where.is_relative_to(home) or where.is_relative_to(backup.destination):
        said = f"{where} 应在随身带走的介质上，不在节点和备份目录里"
        yield (
            "backup.identity",
            (said, f"{where}: on a medium that is carried away, not here, not with the backups"),
        )
    elif where.exists() and not identity_made:
        yield "backup.identity", (f"{where} 已存在，不会覆盖", f"{where} exists and is never overwritten")


def _mail(mail: MailAnswers | None) -> Iterator[tuple[str, Words]]:
    for name, value in (("settings.sender", mail.settings.sender), ("try_to", mail.try_to)) if mail else ():
        if "@" not in value:
            yield f"mail.{name}", (f"“{value}”不是邮箱地址", f"“{value}” is no mail address")


def _organisation(file: Path) -> tuple[Sheets | None, tuple[str, ...], list[tuple[str, Words]]]:
    try:
        sheets = read_sheets(file.read_bytes())
    except OSError as error:
        said = f"{file}：{error.strerror}"
        return None, (), [("organisation", (f"{said}。tongban init --template 可生成模板", said))]
    except Unfit as error:
        return None, (), [(f"organisation {one.place}", (one.zh, one.en)) for one in error.found]
    found, nameless = administrators_in(sheets), _without_code(sheets)
    if nameless:
        zh = f"部门必须有统一社会信用代码：{'、'.join(nameless)}"
        return sheets, found, [("organisation", (zh, f"departments need a unified social credit code: {nameless}"))]
    if len(found) >= 2:
        return sheets, found, []
    zh = f"至少两位不同的人员担任角色为“管理员”的岗位，现有 {len(found)} 位"
    return (
        sheets,
        found,
        [("organisation", (zh, f"two people must hold an administrator's position, {len(found)} do"))],
    )


def _without_code(sheets: Sheets) -> list[str]:
    units = [row.wish for row in sheets.units if isinstance(row.wish, UnitWish)]
    return [one.name for one in units if one.kind == "department" and not one.uscc]


def administrators_in(sheets: Sheets) -> tuple[str, ...]:
    """Log-in names of those whom the workbook makes administrators."""
    positions = [row.wish for row in sheets.positions if isinstance(row.wish, PositionWish)]
    governing = {one.id for one in positions if one.role == "administrator"}
    people = [row.wish for row in sheets.staff if isinstance(row.wish, StaffWish)]
    return tuple(one.official.login for one in people if governing & set(one.positions))


def _packs(named: list[str]) -> tuple[tuple[Path, ...], list[tuple[str, Words]]]:
    """Folders of what is named and of what that requires; the program's own before others of the same id."""
    own = {folder.name: folder for folder in pack_folders()}
    found: dict[str, Path] = {}
    faults: list[tuple[str, Words]] = []
    waiting = list(named)
    while waiting:
        name = waiting.pop()
        folder = own.get(name, Path(name))
        if folder.name in found:
            continue
        if not (folder / "pack.yaml").is_file():
            listed = "、".join(sorted(own))
            faults.append(("packs", (f"没有应用包“{name}”，自带的有：{listed}", f"no pack “{name}” among {listed}")))
            continue
        found[folder.name] = folder
        waiting += yaml.safe_load((folder / "pack.yaml").read_text("utf-8")).get("requires", [])
    return tuple(sorted(found.values())), faults
