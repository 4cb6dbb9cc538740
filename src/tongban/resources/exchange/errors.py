"""What the exchange refuses, and why. Each names the fault type that a caller of the gateway is told."""

from tongban.basics.errors import TongbanError


class ExchangeRefused(TongbanError):
    """A call is refused before anything is asked. ``fault`` is the type in the X-Road error form."""

    code = "exchange.refused"
    status = 403
    fault = "Server.ServerProxy.AccessDenied"
    zh = "数据共享请求被拒绝（{reason}）。"
    en = "The request for data is refused ({reason})."


class CallerUnknown(ExchangeRefused):
    """The caller did not prove to be the system it says it is."""

    code = "exchange.caller_unknown"
    status = 401
    fault = "Client.Unauthorized"
    zh = "无法确认调用系统的身份（{reason}）。请使用登记的令牌或证书。"
    en = "The calling system is not known ({reason}). Use the registered token or certificate."


class CallMalformed(ExchangeRefused):
    """The request is not of the protocol's form, or asks for what the resource does not have."""

    code = "exchange.malformed"
    status = 400
    fault = "Client.BadRequest"
    zh = "请求格式不符合协议（{reason}）。"
    en = "The request does not follow the protocol ({reason})."


class MessageReplayed(ExchangeRefused):
    """A message with this id was taken before."""

    code = "exchange.replayed"
    status = 409
    fault = "Client.DuplicateMessage"
    zh = "同一消息编号已经使用过，不会再次办理。每次请求请使用新的编号。"
    en = "A message with this id was taken before. Use a new id for every request."


class NotAllowed(ExchangeRefused):
    """No grant admits the call, or it was taken back in between."""

    code = "exchange.not_granted"
    zh = "没有可用的共享授权（{reason}），没有查询任何数据。"
    en = "No grant admits this ({reason}); nothing was asked."


class QuotaSpent(ExchangeRefused):
    """The grant's records of this day are used up."""

    code = "exchange.quota_spent"
    status = 429
    fault = "Server.ServerProxy.QuotaExceeded"
    zh = "该授权今天的记录数已用完，请明天再试或申请提高额度。"
    en = "This grant's records of today are used up. Try tomorrow, or ask for a higher quota."


class SignatureWrong(ExchangeRefused):
    """A signature does not verify, or its key is not the one that is registered."""

    code = "exchange.signature_wrong"
    fault = "Server.ServerProxy.SignatureVerification"
    zh = "签名验证未通过（{reason}）。"
    en = "The signature does not verify ({reason})."


class OutOfTime(ExchangeRefused):
    """A signed message is older or newer than the time window allows."""

    code = "exchange.out_of_time"
    fault = "Server.ServerProxy.MessageExpired"
    zh = "消息的签名时间超出允许的 {seconds} 秒。请校准两端的时钟后重新发送。"
    en = "The message was signed more than {seconds} s away from now. Set both clocks and send it anew."


class KeyUnfit(TongbanError):
    """A signing key of the exchange is missing or can not be used."""

    code = "exchange.key_unfit"
    status = 500
    zh = "部门 {member} 的数据共享签名密钥不能使用：{reason}。"
    en = "The exchange key of department {member} can not be used: {reason}."


class AnswerUntrue(TongbanError):
    """The other node's answer does not belong to what was asked, or its signature does not verify."""

    code = "exchange.answer_untrue"
    status = 502
    zh = "对方节点的应答无法核实（{reason}），未予采用。"
    en = "The other node's answer can not be verified ({reason}) and was not used."


class SubsystemUnknown(TongbanError):
    """No such system is registered, or it has ended already."""

    code = "exchange.subsystem_unknown"
    status = 404
    zh = "部门 {member} 没有登记在用的系统“{subsystem}”。"
    en = "Department {member} has no registered system “{subsystem}” in use."


class ServiceUnknown(ExchangeRefused):
    """The address names no service of this node."""

    code = "exchange.service_unknown"
    status = 404
    fault = "Server.ServerProxy.UnknownService"
    zh = "没有这个数据服务：{service}。"
    en = "There is no such data service: {service}."


class ServiceFailed(ExchangeRefused):
    """The provider's system gave no answer that could be used; intent and outcome are in the log."""

    code = "exchange.service_failed"
    status = 502
    fault = "Server.ServerProxy.ServiceFailed"
    zh = "提供部门的系统没有给出可用的应答（{reason}）。"
    en = "The provider's system gave no answer that can be used ({reason})."


class CallUnknown(TongbanError):
    """The ledger has no such call, or has not sealed it yet."""

    code = "exchange.call_unknown"
    status = 404
    zh = "存证日志中没有这次调用 {call}，或者尚未封存，请稍后再试。"
    en = "The ledger has no call {call}, or has not sealed it yet; try again shortly."


class LimitUnfit(TongbanError):
    """A limit for the time without the log's witness can not be put in force; ``what`` names what to change."""

    code = "exchange.limit_unfit"
    status = 422
    zh = "断档时限未修改：{what}（{reason}）。级别越高，时限不得更长；只能从今天或以后的日期起生效。"
    en = "The limit was not changed: {what} ({reason}). A higher grade never lasts longer; only from today on."


class LogUnreadable(TongbanError):
    """Another party's log does not read; ``number`` is the record, 0 the whole file."""

    code = "exchange.log_unreadable"
    status = 422
    zh = "对方日志第 {number} 条读不懂（{reason}）。请提供 CSV（含表头）或 JSON 行，至少写明 message 或 request。"
    en = "Record {number} of the other log does not read ({reason}). Give CSV or JSON lines with message or request."
