"""What can keep the embedded PostgreSQL from running."""

from tongban.basics.errors import TongbanError


class PostgresBinariesMissing(TongbanError):
    """The wheel that brings the PostgreSQL programs is not installed for this machine."""

    code = "postgres.binaries_missing"
    status = 500
    zh = "找不到内置 PostgreSQL 程序（{looked}）。办法：重新安装依赖，或用 TONGBAN_DATABASE_URL 指定数据库。"
    en = (
        "The embedded PostgreSQL programs are missing ({looked}). "
        "Repair: install the requirements again, or name a database with TONGBAN_DATABASE_URL."
    )


class PostgresInitFailed(TongbanError):
    """The data folder could not be initialised."""

    code = "postgres.init_failed"
    status = 500
    zh = "无法初始化数据目录 {folder}：{reason}。办法：排除原因后再次启动，未完成的初始化会自动重做。"
    en = (
        "Could not initialise {folder}: {reason}. "
        "Repair: remove the cause and start again; an unfinished initialisation is redone."
    )


class PostgresStartFailed(TongbanError):
    """PostgreSQL ended before it was ready."""

    code = "postgres.start_failed"
    status = 500
    zh = "内置 PostgreSQL 未能启动：{reason}。办法：查看日志 {log}。"
    en = "The embedded PostgreSQL did not start: {reason}. Repair: see its log {log}."


class PostgresFolderForeign(TongbanError):
    """The data folder belongs to another version or is not a data folder."""

    code = "postgres.folder_foreign"
    status = 500
    zh = "{folder} 不是 PostgreSQL {wanted} 的数据目录（发现 {found}）。办法：移走它，或经导出、导入升级。"
    en = (
        "{folder} is not a PostgreSQL {wanted} data folder (found {found}). "
        "Repair: move it away, or carry the data over by dump and restore."
    )


class PostgresNoUser(TongbanError):
    """PostgreSQL refuses to run as root, and this machine offers no way to lower the rights."""

    code = "postgres.no_user"
    status = 500
    zh = (
        "PostgreSQL 不能以 root 运行，且无法降低权限（{reason}）。"
        "办法：以普通用户启动，或用 TONGBAN_DATABASE_URL 指定数据库。"
    )
    en = (
        "PostgreSQL refuses to run as root and rights could not be lowered ({reason}). "
        "Repair: start as an ordinary user, or name a database with TONGBAN_DATABASE_URL."
    )
