"""What can be wrong with a look-up in the division tree."""

from tongban.basics.errors import TongbanError


class UnknownDivision(TongbanError):
    """No division, past or present, has this code."""

    code = "region.unknown"
    status = 404
    zh = "行政区划代码 {code} 不存在。请查阅现行行政区划，历史区划须由应用包声明。"
    en = "No division has the code {code}. Look it up; a past one must be declared by a pack."


class DivisionDataMissing(TongbanError):
    """The packed division tree is not there."""

    code = "region.data_missing"
    status = 500
    zh = "缺少行政区划数据 {path}。办法：在源码目录运行 make run，或重新安装。"
    en = "The division data {path} is missing. Repair: run make run in the checkout, or install again."
