"""What can go wrong with licences and their documents."""

from tongban.basics.errors import TongbanError


class LicenceUnknown(TongbanError):
    """No licence has this id or verification code. Says the same for either."""

    code = "licences.unknown"
    status = 404
    zh = "没有查到这份证照。请核对核验码，或向发证机关查询。"
    en = "No such licence was found. Compare the verification code, or ask the issuing body."


class CodeMistyped(TongbanError):
    """A verification code cannot have been issued: its shape or its check character is wrong."""

    code = "licences.code_mistyped"
    status = 422
    zh = "核验码“{value}”有误：{problem_zh}。请对照证照上的核验码逐位核对。"
    en = "Verification code “{value}”: {problem_en}. Compare it with the licence character by character."


class DataUnfit(TongbanError):
    """The data does not fit the licence type: an unknown field, or a value of the wrong kind."""

    code = "licences.data_unfit"
    status = 422
    zh = "证照“{type}”的字段“{name}”不符合定义：{problem_zh}。"
    en = "Field “{name}” of licence type “{type}” does not fit: {problem_en}."


class StateUnfit(TongbanError):
    """A licence in this state cannot enter that one."""

    code = "licences.state_unfit"
    status = 409
    zh = "证照当前状态为“{found}”，不能改为“{wanted}”。"
    en = "The licence is {found} and cannot become {wanted}."


class ReasonMissing(TongbanError):
    """Taking a right away needs reasons that the holder can read."""

    code = "licences.reason_missing"
    status = 422
    zh = "请写明理由，持证人会看到。"
    en = "Give the reasons: the holder will read them."


class DocumentRefused(TongbanError):
    """A file is not a genuine licence document; each subclass says why."""

    code = "licences.document_refused"
    status = 422
    zh = "这个文件不是有效的电子证照。"
    en = "This file is not a genuine licence document."


class NotADocument(DocumentRefused):
    """The file is no PDF that can be read, or too large to be a licence."""

    code = "licences.document_not_pdf"
    zh = "这个文件不是可读取的 PDF 证照，或者已经损坏。请上传下载时的原文件。"
    en = "This file is no readable PDF licence, or it is damaged. Upload the file as it was downloaded."


class NotSigned(DocumentRefused):
    """The PDF carries no signature of an issuing body."""

    code = "licences.document_unsigned"
    zh = "这个 PDF 没有发证机关的电子签名，可能是打印后扫描或另存的副本。请上传原文件。"
    en = "This PDF carries no electronic signature: perhaps a scan or a copy. Upload the original file."


class Altered(DocumentRefused):
    """The file is not what was signed."""

    code = "licences.document_altered"
    zh = "签名之后文件被改动过，不能作为证照使用。"
    en = "The file was changed after it was signed and is no licence any more."


class SignerNotTrusted(DocumentRefused):
    """The signature does not lead to a certificate authority that this platform trusts."""

    code = "licences.document_untrusted"
    zh = "签名证书不受信任（{reason}）。"
    en = "The signing certificate is not trusted ({reason})."


class WrongSigner(DocumentRefused):
    """Somebody else than the issuing department signed."""

    code = "licences.document_wrong_signer"
    zh = "签名者不是这份证照的发证机关“{issuer}”。"
    en = "It was not signed by the licence's issuing body “{issuer}”."


class NotTheRecord(DocumentRefused):
    """The signature is right, yet this is not the document that was issued for the record."""

    code = "licences.document_not_the_record"
    zh = "文件与发证机关留存的证照不一致。"
    en = "The file differs from the document on record."


class MetadataUnfit(TongbanError):
    """A deployment's names for licence metadata cannot be used."""

    code = "licences.metadata_unfit"
    status = 500
    zh = "证照元数据的名称“{name}”不能用，可用：{known}。请改正 licence-metadata.yaml。"
    en = "The name “{name}” for licence metadata cannot be used ({known}). Correct licence-metadata.yaml."
