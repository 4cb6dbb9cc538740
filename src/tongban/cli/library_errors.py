"""What can keep a receiver of the case library from its work."""

from tongban.basics.errors import TongbanError


class NodeUnreachable(TongbanError):
    """The node does not answer, or the connection was cut. What was stored stays; the next try goes on from there."""

    code = "library.node_unreachable"
    status = 503
    zh = "平台 {url} 没有应答（{reason}）。已收到的记录都在，恢复后从断点继续。"
    en = "{url} does not answer ({reason}). What was received is kept; receiving goes on from there."


class NodeRefused(TongbanError):
    """The node answered with a refusal."""

    code = "library.node_refused"
    zh = "平台拒绝了请求（{status} {problem}）：{detail}"
    en = "The node refused ({status} {problem}): {detail}"


class RecordChanged(TongbanError):
    """The node sends under a known position something else than before. Nothing was overwritten."""

    code = "library.record_changed"
    status = 409
    zh = "第 {position} 条记录与以前收到的不同，没有覆盖。请运行 tongban library reconcile 对账。"
    en = "Record {position} differs from what was received before and stays. Run tongban library reconcile."


class KeysChanged(TongbanError):
    """The node's public key is not the one that was noted at the first contact."""

    code = "library.keys_changed"
    status = 409
    zh = "平台公钥与首次连接时记录的不同（{file}）。请向对方当面核实；确认更换后更新该文件。"
    en = "The node's key is not the one noted at first contact ({file}). Ask its office; if it is so, replace the file."


class FileUnreadable(TongbanError):
    """A file that was named can not be read."""

    code = "library.file_unreadable"
    zh = "无法读取文件 {path}（{reason}）。"
    en = "The file {path} can not be read ({reason})."


class RegionToName(TongbanError):
    """The node serves several regions, or none of that code."""

    code = "library.region_to_name"
    zh = "请用 --region 指明区划，本平台开通的有：{regions}"
    en = "Name the region with --region; served here: {regions}"
