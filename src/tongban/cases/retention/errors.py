"""What can be wrong with a rule of retention."""

from tongban.basics.errors import TongbanError


class RuleUnfit(TongbanError):
    """A rule names an unknown kind or action, no years between 1 and 100, or no basis."""

    code = "retention.rule_unfit"
    status = 422
    zh = "保存期限须写明：种类（{kinds}）、1 到 100 年、处置（destroy 或 archive）和依据。"
    en = "A rule of retention says: a kind ({kinds}), 1 to 100 years, destroy or archive, and its basis."
