"""What can be wrong with a working folder."""

from tongban.basics.errors import TongbanError


class FolderUnwritable(TongbanError):
    """The folder cannot be made or written."""

    code = "folder.unwritable"
    status = 500
    zh = "无法写入目录 {folder}（{reason}）。办法：修改目录权限，或用 TONGBAN_HOME 另指一处。"
    en = "Cannot write in {folder} ({reason}). Repair: change its permissions, or set TONGBAN_HOME."


class FolderInUse(TongbanError):
    """Another instance holds the folder."""

    code = "folder.in_use"
    status = 409
    zh = "{folder} 正被进程 {pid} 使用。办法：先停止它（kill {pid}），或用 TONGBAN_HOME 指定另一个目录。"
    en = "{folder} is in use by process {pid}. Repair: stop it (kill {pid}), or set TONGBAN_HOME."
