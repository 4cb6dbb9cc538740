"""What can be wrong with the deployment's list of departmental systems."""

from tongban.basics.errors import TongbanError


class ConnectorsInvalid(TongbanError):
    """The list can not be used; every fault is told at once, with its repair."""

    code = "connectors.invalid"
    status = 500
    zh = "连接配置 {path} 有 {count} 处错误：{faults}"
    en = "The connector list {path} has {count} fault(s): {faults}"
