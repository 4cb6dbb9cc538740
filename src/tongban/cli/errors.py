"""What can keep a command from running."""

from collections.abc import Sequence

from tongban.assembly.faults import Fault
from tongban.basics.errors import TongbanError


class SettingsInvalid(TongbanError):
    """Environment variables hold values that cannot be used."""

    code = "settings.invalid"
    status = 500
    zh = "设置有误：{faults}。办法：更正或删除这些环境变量。"
    en = "Wrong settings: {faults}. Repair: correct or unset these variables."


class PortTaken(TongbanError):
    """Another program listens where the web should."""

    code = "port.taken"
    status = 409
    zh = "{host}:{port} 无法监听（{reason}）。办法：停止占用它的程序，或用 TONGBAN_PORT 指定另一个端口。"
    en = "Cannot listen on {host}:{port} ({reason}). Repair: stop what uses it, or set TONGBAN_PORT."


class AlreadyRunning(TongbanError):
    """A second instance was started in the same working folder."""

    code = "instance.running"
    status = 409
    zh = (
        "{folder} 中已有一个实例在运行（进程 {pid}）。"
        "办法：先停止它（kill {pid}），或同时改用 TONGBAN_HOME 和 TONGBAN_PORT。"
    )
    en = (
        "Tongban already runs in {folder} (process {pid}). "
        "Repair: stop it (kill {pid}), or set both TONGBAN_HOME and TONGBAN_PORT for a second one."
    )


class ProcessFailed(TongbanError):
    """A process of the group ended before it was ready, or could not be kept running."""

    code = "process.failed"
    status = 500
    zh = "进程 {name} 启动失败：{reason}。办法：查看日志 {log}。"
    en = "The process {name} failed: {reason}. Repair: see its log {log}."


class NoDatabase(TongbanError):
    """A command needs the database, and none runs."""

    code = "database.none"
    status = 503
    zh = "没有正在运行的数据库（{home}）。办法：先运行 tongban run，或用 TONGBAN_DATABASE_URL 指定数据库。"
    en = "No database runs in {home}. Repair: start tongban run first, or set TONGBAN_DATABASE_URL."


class DatabaseUnreachable(TongbanError):
    """The database that ``TONGBAN_DATABASE_URL`` names does not answer, or lets us do too little."""

    code = "database.unreachable"
    status = 503
    zh = "数据库无法使用：{reason}。办法：检查 TONGBAN_DATABASE_URL、数据库是否运行、账号是否可以在其中建表。"
    en = (
        "The database can not be used: {reason}. "
        "Repair: check TONGBAN_DATABASE_URL, that the server runs, and that the account may create tables there."
    )


class StoryFailed(TongbanError):
    """The demonstration's story did not come out as it must."""

    code = "run.story_failed"
    zh = "演示没有按预期完成：{what}"
    en = "The demonstration did not come out as it must: {what}"


class ClockFileRefused(TongbanError):
    """A file for ``tongban clock explain`` has faults, or its events can not have happened so."""

    code = "clock.file_refused"
    status = 422
    zh = "文件有 {count} 处需要修改。"
    en = "The file needs {count} changes."

    def __init__(self, faults: Sequence[Fault]) -> None:
        """``faults`` are all of them, never empty."""
        self.faults = tuple(faults)
        super().__init__(count=len(self.faults))


class FileUnreadable(TongbanError):
    """A file that a command was given can not be read."""

    code = "file.unreadable"
    status = 422
    zh = "文件 {file} 无法读取（{reason}）。办法：核对路径和权限，编码用 UTF-8。"
    en = "The file {file} can not be read ({reason}). Repair: check path and permission, and save it as UTF-8."


class MomentUnreadable(TongbanError):
    """A moment that a command was given is none."""

    code = "moment.unreadable"
    status = 422
    zh = "“{found}”不是时刻。办法：写作 2026-11-23 02:59 或 2026-11-23T02:59:30+08:00。"
    en = "“{found}” is no moment. Repair: write 2026-11-23 02:59 or 2026-11-23T02:59:30+08:00."


class NoCopyOfKeys(TongbanError):
    """No sealed copy of the keys lies where it was looked for."""

    code = "keys.no_copy"
    status = 404
    zh = "{place} 中没有密钥副本（*.keys）。办法：指向 backup.yaml 中 keys_to 的目录。"
    en = "There is no copy of keys (*.keys) in {place}. Repair: name the folder that backup.yaml calls keys_to."


class DemonstrationHome(TongbanError):
    """A demonstration lived in the folder in which production is to be installed."""

    code = "init.demonstration_home"
    status = 409
    zh = "{home} 里已有数据库，但不是由 tongban init 建立的（例如演示）。办法：用 TONGBAN_HOME 指定一个新目录。"
    en = "{home} holds a database that tongban init did not make (a demonstration?). Repair: set TONGBAN_HOME anew."


class ProductionHome(TongbanError):
    """A demonstration was to be started where production is installed."""

    code = "run.production_home"
    status = 409
    zh = "{home} 是正式环境，不能启动演示。办法：用 tongban serve 启动，或用 TONGBAN_HOME 另设演示目录。"
    en = "{home} is installed for production: no demonstration starts there. Repair: tongban serve, or another home."


class DemonstrationPack(TongbanError):
    """A pack of invented departments was to be installed in production."""

    code = "packs.demonstration"
    status = 409
    zh = "{packs} 是演示区划，部门和代码均为虚构，不能装入正式环境。办法：执行 tongban init 生成本地区划。"
    en = "{packs} declare an invented region, which production never holds. Repair: tongban init makes yours."
