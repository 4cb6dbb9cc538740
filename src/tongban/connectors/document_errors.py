"""What can keep a document from being made or signed."""

from tongban.basics.errors import TongbanError


class LayoutFault(TongbanError):
    """A layout cannot be typeset, or would not look as meant (a missing font only warns: here it is an error)."""

    code = "documents.layout_fault"
    status = 500
    zh = "证照版式有误：{reason}。"
    en = "The layout cannot be typeset: {reason}."


class LayoutReaches(TongbanError):
    """A layout uses a word that would let it reach beyond its own text and data."""

    code = "documents.layout_reaches"
    status = 422
    zh = "版式中不允许使用“{word}”。版式只能使用自身文字和传入的数据。"
    en = "A layout may not use “{word}”: it has its own text and the data it is given."


class SigningKeyMissing(TongbanError):
    """No certificate and key for a department were configured."""

    code = "documents.signing_key_missing"
    status = 500
    zh = "没有部门 {uscc} 的签名证书与私钥。请把 {path} 放入证书目录。"
    en = "Department {uscc} has no signing certificate and key. Put {path} into the certificate folder."


class SigningKeyUnfit(TongbanError):
    """A certificate or key file cannot be used."""

    code = "documents.signing_key_unfit"
    status = 500
    zh = "证书文件 {path} 不能使用：{reason}。"
    en = "Certificate file {path} cannot be used: {reason}."


class SigningFailed(TongbanError):
    """The document could not be signed: the time stamp service did not answer, or a certificate was refused."""

    code = "documents.signing_failed"
    status = 503
    zh = "文书签名未完成（{reason}），稍后自动重试。"
    en = "The document could not be signed ({reason}); it is tried again later."
