"""What can keep a node from harvesting another's catalogue."""

from tongban.basics.errors import TongbanError


class KeyMissing(TongbanError):
    """No public key of the node's log was found."""

    code = "catalogue.key_missing"
    zh = "没有找到对方平台日志的公钥，请向对方索取并用 --keys 指明文件。"
    en = "No public key of the node's log was found. Ask its office for it and name the file with --keys."


class KeyChanged(TongbanError):
    """The node's public key is not the one that was noted at the first contact."""

    code = "catalogue.key_changed"
    status = 409
    zh = "{url} 的公钥与首次连接时记录的不同，没有采集。请向对方当面核实。"
    en = "The key of {url} is not the one noted at first contact; nothing was harvested. Ask its office."
