"""What can go wrong when a department changes a licence."""

from tongban.basics.errors import TongbanError


class BasisMissing(TongbanError):
    """Taking a right away, or giving it back, names the provision."""

    code = "licences.basis_missing"
    status = 422
    zh = "请写明依据哪条法律法规，例如“行政许可法 第六十九条”。"
    en = "Name the provision, for instance “Administrative Licensing Law, article 69”."


class AnswerMissing(TongbanError):
    """Whoever asked reads why it was declined."""

    code = "licences.answer_missing"
    status = 422
    zh = "不同意时请写明理由，提出的同事会看到。"
    en = "Say why you decline: the colleague who asked will read it."


class NothingCorrected(TongbanError):
    """A correction says which fact becomes what."""

    code = "licences.nothing_corrected"
    status = 422
    zh = "请把要更正的内容改成正确的：现在填的和证照上一样。"
    en = "Change what is to be corrected: what is written is what the licence says already."


class ChangeWaits(TongbanError):
    """Something else was asked for this licence and waits for a second person."""

    code = "licences.change_waits"
    status = 409
    zh = "这份证照已有一项变更等待复核，请先处理完。"
    en = "Another change of this licence waits for a second person. Deal with that first."


class ChangeOver(TongbanError):
    """The wish was answered already, or never was."""

    code = "licences.change_over"
    status = 409
    zh = "这项变更已经处理过了。"
    en = "This change was dealt with already."


class SecondPersonNeeded(TongbanError):
    """Who asked does not confirm."""

    code = "licences.second_person"
    status = 403
    zh = "由您提出的变更，要由另一位负责人复核。"
    en = "You asked for this change: another head has to confirm it."
