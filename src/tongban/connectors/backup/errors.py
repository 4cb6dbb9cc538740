"""What can keep a backup from being made, or a node from being restored."""

from tongban.basics.errors import TongbanError


class BackupPlanWrong(TongbanError):
    """``backup.yaml`` can not be followed."""

    code = "backup.plan_wrong"
    status = 500
    zh = "备份安排 {file} 有误：{faults}。办法：更正该文件，见 docs/backup.md。"
    en = "The backup plan {file} is wrong: {faults}. Repair: correct it, see docs/backup.md."


class NoBackupPlan(TongbanError):
    """The node has no plan of backups."""

    code = "backup.no_plan"
    status = 404
    zh = "没有备份安排 {file}。办法：执行 tongban backup set <目录> --recipient <公钥>。"
    en = "There is no backup plan {file}. Repair: run tongban backup set <folder> --recipient <public key>."


class BackupFailed(TongbanError):
    """A base backup could not be made; nothing half-made remains."""

    code = "backup.failed"
    status = 500
    zh = "备份没有做成：{reason}。办法：按原因处理后重新执行 tongban backup now。"
    en = "The backup was not made: {reason}. Repair: mend the cause, then run tongban backup now."


class NoBackupFits(TongbanError):
    """No base ended before the moment that is wanted."""

    code = "backup.none_fits"
    status = 404
    zh = "{folder} 中没有可以恢复到 {moment} 的备份；最早可恢复到 {earliest}。办法：换一个时刻，或换一个备份目录。"
    en = (
        "No backup in {folder} leads to {moment}; the earliest moment is {earliest}. "
        "Repair: choose another moment or another folder."
    )


class SeveralNodes(TongbanError):
    """The folder holds backups of more than one database."""

    code = "backup.several_nodes"
    status = 409
    zh = "{folder} 中有多个数据库的备份：{found}。办法：用 --system 指定一个。"
    en = "{folder} holds backups of several databases: {found}. Repair: name one with --system."


class IdentityWrong(TongbanError):
    """The private key does not open the backup."""

    code = "backup.identity_wrong"
    status = 422
    zh = "私钥文件 {file} 不能打开这份备份（{reason}）。办法：找到与公钥 {recipients} 对应的私钥。"
    en = (
        "The private key in {file} does not open this backup ({reason}). "
        "Repair: find the one that belongs to {recipients}."
    )


class BackupAltered(TongbanError):
    """A sealed file is not the one that the backup's manifest is about."""

    code = "backup.altered"
    status = 422
    zh = "备份文件 {file} 与其清单 manifest.json 中的摘要不符，可能被改动过。办法：改用更早的备份，并查明是谁改的。"
    en = (
        "The backup file {file} is not the one that its manifest.json names; somebody may have altered it. "
        "Repair: take an earlier backup, and find out who."
    )


class TargetNotEmpty(TongbanError):
    """A restore never writes over anything."""

    code = "restore.target_not_empty"
    status = 409
    zh = "{folder} 不是空目录。恢复从不覆盖已有内容。办法：换一个目录。"
    en = "{folder} is not empty, and a restore never overwrites. Repair: name another folder."


class RestoreFailed(TongbanError):
    """The restored server did not come to the moment that was wanted."""

    code = "restore.failed"
    status = 500
    zh = "没有恢复成功：{reason}。详情见 {log}。原节点和备份没有被改动。"
    en = "The restore failed: {reason}. Details: {log}. The node and the backup were not touched."


class OtherVersion(TongbanError):
    """The backup was made by another major version of PostgreSQL than the one that comes with the program."""

    code = "restore.other_version"
    status = 409
    zh = (
        "备份来自 PostgreSQL {found}，本程序自带的是 {own}。"
        "办法：用 --unpack 只解出数据目录，再由 PostgreSQL {found} 启动。"
    )
    en = (
        "The backup comes from PostgreSQL {found}; this program brings {own}. "
        "Repair: use --unpack to lay out the data folder only, and start it with PostgreSQL {found}."
    )
