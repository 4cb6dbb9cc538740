"""Why an invented departmental system does not start."""

from tongban.basics.errors import TongbanError


class DepartmentRefused(TongbanError):
    """A file that the departmental system needs can not be used."""

    code = "department.refused"
    zh = "部门系统无法启动：{path} {problem_zh}。办法：更正这个文件。"
    en = "The departmental system can not start: {path} {problem_en}. Repair: correct this file."


class DepartmentPortTaken(TongbanError):
    """The port is used by another process, or may not be used."""

    code = "department.port_taken"
    zh = "部门系统无法监听 127.0.0.1:{port}（{reason}）。办法：停止占用它的程序，或用 --port 指定另一个端口。"
    en = "Cannot listen on 127.0.0.1:{port} ({reason}). Repair: stop what uses it, or choose another --port."
