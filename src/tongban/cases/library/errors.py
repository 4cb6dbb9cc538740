"""What can go wrong between the case library's two sides."""

from tongban.basics.errors import TongbanError


class EventUnmapped(TongbanError):
    """An event of a case has no row in the table that says what becomes of it."""

    code = "library.event_unmapped"
    status = 500
    zh = "事件“{kind}”没有规定如何报送办件库。请在 cases/library/definitions.py 的 EVENTS 表中补充。"
    en = "Nothing says what becomes of event “{kind}” in the library: add it to EVENTS in cases/library/definitions.py."


class RecordUnfit(TongbanError):
    """A record does not fit its exchange table. Names the column, never the value."""

    code = "library.record_unfit"
    status = 500
    zh = "{kind} 记录的字段“{column}”{problem_zh}，未报送。"
    en = "Column “{column}” of a {kind} record {problem_en}; the record was not written."


class ReceiverUnknown(TongbanError):
    """The token is no registered receiver's, or was revoked."""

    code = "library.receiver_unknown"
    status = 401
    zh = "接收方未登记或已撤销。请联系本平台管理员执行 tongban library register。"
    en = "No such receiver is registered here. Ask the operator of this node to run tongban library register."


class NotYours(TongbanError):
    """The receiver is registered for another region."""

    code = "library.not_yours"
    status = 403
    zh = "该接收方没有登记接收区划 {region} 的办件。"
    en = "This receiver is not registered for region {region}."


class CursorAhead(TongbanError):
    """The receiver has seen more than this node holds: the node was restored from a backup, or is another one."""

    code = "library.cursor_ahead"
    status = 409
    zh = "游标 {cursor} 超出本平台最后一条记录 {last}。本平台可能从备份恢复过，请运行 tongban library reconcile 对账。"
    en = (
        "Cursor {cursor} lies past the last record {last}: this node may have been restored from a backup. "
        "Run tongban library reconcile."
    )


class ReceiverExists(TongbanError):
    """A receiver of that name is registered for the region."""

    code = "library.receiver_exists"
    status = 409
    zh = "区划 {region} 已登记接收方“{name}”。更换令牌请先执行 tongban library revoke。"
    en = "Receiver “{name}” is registered for region {region}. To give it a new token, revoke the old one first."


class ReceiverMissing(TongbanError):
    """No receiver of that name is registered for the region."""

    code = "library.receiver_missing"
    status = 404
    zh = "区划 {region} 没有登记接收方“{name}”。"
    en = "No receiver “{name}” is registered for region {region}."


class BatchRefused(TongbanError):
    """What was received is not what the node signed, or not what was asked for. Nothing of it was kept."""

    code = "library.batch_refused"
    status = 422
    zh = "收到的批次未通过核验（{reason_zh}），没有保存。"
    en = "The batch was refused ({reason_en}); nothing of it was kept."
