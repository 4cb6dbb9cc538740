"""What is refused about data and its use, and why."""

from tongban.basics.errors import TongbanError


class NotGranted(TongbanError):
    """No valid grant covers the look-up. Nothing was asked; the attempt itself is recorded."""

    code = "resources.not_granted"
    status = 403
    zh = "未取得共享授权，没有查询“{resource}”（{reason}）。请改为上传材料，或由部门申请授权。"
    en = "“{resource}” was not asked: no grant covers it ({reason}). Upload the document, or request a grant."


class UnknownGrant(TongbanError):
    """The region has no such grant, or it is not in the state that the act needs."""

    code = "resources.unknown_grant"
    status = 404
    zh = "没有可以这样处理的授权 {grant}，它可能已经撤销或仍然有效。"
    en = "There is no grant {grant} to do this with; perhaps it is already revoked, or still valid."


class BadPeriod(TongbanError):
    """A grant would end before it begins."""

    code = "resources.bad_period"
    status = 422
    zh = "授权的截止时间必须在当前时间之后。"
    en = "A grant must end after the present moment."


class GrantUnfit(TongbanError):
    """A narrowing would give more than before, or nothing at all. ``field`` names the part."""

    code = "resources.grant_unfit"
    status = 422
    zh = "收窄只能给得更少：字段、行、脱敏、每日条数和期限都不能超过现有授权，也不能一个字段都不留。"
    en = "Narrowing gives less: fields, rows, masks, daily records and time stay within the grant; one field stays."
