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


class NoLogKey(TongbanError):
    """The node's log key is not at hand, so nobody can tell who wrote the backup."""

    code = "backup.no_log_key"
    status = 409
    zh = (
        "没有节点的日志密钥 log.pem，无法核对备份 {base} 及其日志是谁写的，因此不恢复。"
        "办法：用 --keys-from 取回密钥，或先把 keys/ 放进新目录；确实没有时可用 --unproven-log，会留下记录。"
    )
    en = (
        "Without the node's log key (log.pem) nobody can tell who wrote the backup {base} and its log: not restored. "
        "Repair: name --keys-from, or put keys/ into the new folder first; where there is none, --unproven-log, "
        "which is recorded."
    )


class LogUnproven(TongbanError):
    """The base, or its log, bears no signature of this node."""

    code = "backup.log_unproven"
    status = 409
    zh = (
        "备份 {base} 及其日志没有本节点的签名：是别人放的，或者是启用签名之前做的，因此不恢复。"
        "办法：用 --to 选另一份；若确知是启用签名之前做的，可用 --unproven-log，会留下记录。"
    )
    en = (
        "The backup {base} and its log bear no signature of this node: somebody else put them there, or they are from "
        "before they were signed. Not restored. Repair: choose another with --to; where you know that they are from "
        "before, --unproven-log, which is recorded."
    )


class LogForeign(TongbanError):
    """A segment of the log that this node did not sign."""

    code = "backup.log_foreign"
    status = 422
    zh = (
        "日志段 {file} 不是本节点签署的，因此不恢复。办法：查明是谁放的；"
        "用 --as-far-as-proven 只恢复到能证明的最后一段。"
    )
    en = (
        "The segment {file} of the log was not signed by this node: not restored. Repair: find out who put it there; "
        "--as-far-as-proven leads to the last segment that is proven."
    )


class LogAltered(TongbanError):
    """A segment of the log is not the one that its signed record is about."""

    code = "backup.log_altered"
    status = 422
    zh = (
        "日志段 {file} 与本节点签署的记录不符，被改动或调换过，因此不恢复。"
        "办法：用 --as-far-as-proven 恢复到它之前，并查明是谁改的。"
    )
    en = (
        "The segment {file} of the log is not the one that this node signed; it was altered or exchanged. Not "
        "restored. Repair: --as-far-as-proven leads to the one before; find out who."
    )


class LogMissing(TongbanError):
    """Segments are missing from the middle of the signed log."""

    code = "backup.log_missing"
    status = 422
    zh = (
        "日志在第 {after} 号与第 {until} 号之间缺段（{file} 处），因此不恢复。"
        "办法：找回缺的文件；或用 --as-far-as-proven 恢复到第 {after} 号。"
    )
    en = (
        "The log lacks what lies between its numbers {after} and {until} (at {file}): not restored. Repair: bring the "
        "missing files back; --as-far-as-proven leads to number {after}."
    )


class LogCut(TongbanError):
    """The log in the archive ends before what the node had already put there."""

    code = "backup.log_cut"
    status = 422
    zh = (
        "归档的日志到第 {reached} 号为止，而本节点记得已归档到第 {known} 号：末尾被删去或换成了旧的，因此不恢复。"
        "办法：找回缺的文件；或用 --as-far-as-proven 恢复到第 {reached} 号。"
    )
    en = (
        "The archived log ends with number {reached}, and this node remembers number {known}: its end was removed, or "
        "an older one was put there. Not restored. Repair: bring the missing files back; --as-far-as-proven leads to "
        "number {reached}."
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
