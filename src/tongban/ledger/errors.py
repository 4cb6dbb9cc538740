"""What the ledger refuses, and why."""

from tongban.basics.errors import TongbanError


class LedgerError(TongbanError):
    """Something about the ledger was refused."""

    code = "ledger.refused"
    zh = "存证操作未能完成。"
    en = "The ledger refused this."


class NotCanonical(LedgerError):
    """The data holds a value without one canonical form (not finite, too large, a NUL character …)."""

    code = "ledger.not_canonical"
    status = 422
    zh = "存证内容无法规范化：{reason}。"
    en = "The data has no canonical form: {reason}."


class EntryUnknown(LedgerError):
    """No entry has this region and id."""

    code = "ledger.entry_unknown"
    status = 404
    zh = "没有这条存证：{region} {entry}。"
    en = "There is no such ledger entry: {region} {entry}."


class RetentionRuns(LedgerError):
    """An erasure was refused because the law still asks to keep the entry."""

    code = "ledger.retention_runs"
    status = 409
    zh = "法定保存期至 {until}，此前不得删除。"
    en = "A legal retention runs until {until}; the entry cannot be erased before."


class NotErasable(LedgerError):
    """An erasure's own record is never erased, and nothing is erased twice."""

    code = "ledger.not_erasable"
    status = 409
    zh = "这条存证不能删除（已删除，或本身是删除记录）。"
    en = "This entry cannot be erased: it already was, or it records an erasure."


class WrongLog(LedgerError):
    """The log was opened under another name than the key's."""

    code = "ledger.wrong_log"
    status = 500
    zh = "日志名为 {found}，密钥名为 {expected}。请使用原来的密钥。"
    en = "The log is named {found} but the key {expected}. Use the key it was opened with."


class SizeUnknown(LedgerError):
    """A proof was asked for sizes that the log does not have."""

    code = "ledger.size_unknown"
    status = 404
    zh = "日志没有这样的长度：{old} → {new}。"
    en = "The log has no such sizes: {old} to {new}."


class BadNote(LedgerError):
    """A note, checkpoint, key or proof is malformed or wrongly signed."""

    code = "ledger.bad_note"
    status = 400
    zh = "检查点或签名无效：{reason}。"
    en = "Invalid checkpoint or signature: {reason}."


class WitnessRefused(LedgerError):
    """The witness answered that this history is not the one it saw. Somebody must look at once."""

    code = "ledger.witness_refused"
    status = 500
    zh = "见证方拒绝会签：{reason}。请立即核查日志是否被改写。"
    en = "The witness refused to cosign: {reason}. Check at once whether the log was rewritten."


class WitnessUnreachable(LedgerError):
    """The witness did not answer in time. Checkpoints stay valid and are cosigned later."""

    code = "ledger.witness_unreachable"
    status = 503
    zh = "见证方没有应答：{reason}。稍后自动重试。"
    en = "The witness did not answer: {reason}. It is asked again later."


class LogDamaged(LedgerError):
    """The stored tree no longer gives the root that was signed last; nothing more is signed."""

    code = "ledger.damaged"
    status = 500
    zh = "日志在 {size} 条处的树与已签名的检查点不符，已停止封存。请运行 tongban ledger verify。"
    en = "The tree at size {size} does not give the signed root; sealing stopped. Run tongban ledger verify."


class WitnessBusy(LedgerError):
    """Another witness process already uses this folder."""

    code = "ledger.witness_busy"
    status = 409
    zh = "另一个见证进程正在使用 {folder}。请先停止它。"
    en = "Another witness process uses {folder}. Stop it first."
