"""What can go wrong when packs are loaded, installed or put together."""

from collections.abc import Sequence

from tongban.assembly.faults import Fault
from tongban.basics.errors import TongbanError


class PackRefused(TongbanError):
    """A pack has faults. ``faults`` lists all of them; nothing was installed."""

    code = "assembly.pack_refused"
    status = 422
    zh = "应用包“{pack}”有 {count} 处错误，没有安装。"
    en = "The pack “{pack}” has {count} faults. Nothing was installed."

    def __init__(self, pack: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(pack=pack, count=len(self.faults))


class PackDiffers(TongbanError):
    """The same version of the pack is installed with other content, and an installed version never changes."""

    code = "assembly.pack_differs"
    status = 409
    zh = "应用包“{pack}”的 {version} 版已经安装，内容不同。已安装的版本不能改动：请提高 pack.yaml 里的 version。"
    en = "Version {version} of “{pack}” is installed with other content. Raise the version in pack.yaml."


class PackOlder(TongbanError):
    """A newer version of the pack is active."""

    code = "assembly.pack_older"
    status = 409
    zh = "应用包“{pack}”已有更新的 {active} 版在用，不能安装 {version} 版。请把版本提高到 {active} 以上。"
    en = "Version {active} of “{pack}” is active and newer than {version}. Raise the version above it."


class PacksDisagree(TongbanError):
    """Two active packs declare the same thing."""

    code = "assembly.packs_disagree"
    status = 409
    zh = "应用包“{one}”和“{other}”都声明了 {what}“{name}”。请改名，或只装其中一个。"
    en = "The packs “{one}” and “{other}” both declare the {what} “{name}”. Rename it, or install one of them."


class LimitsInUse(TongbanError):
    """The new version loses limits, or changes them in place, by which cases were counted."""

    code = "assembly.limits_in_use"
    status = 409
    zh = (
        "新版本删去或改动了已有办件所依据的期限：{limits}。办件按其开始之日的期限计算，"
        "请保留原来的一条，写上 until（不早于今天），再另加新的一条。没有安装。"
    )
    en = (
        "The new version loses or changes limits by which cases were counted: {limits}. A case keeps the limit of the "
        "day on which its period began: keep the old one with an `until` not before today, and add the new one beside "
        "it. Nothing was installed."
    )


class PackDamaged(TongbanError):
    """A stored pack is not what was installed, or this program cannot read it."""

    code = "assembly.pack_damaged"
    status = 500
    zh = "数据库里应用包“{pack}”{version} 版读不出来（{reason}）。请从备份恢复，或换回安装它时的程序版本。"
    en = (
        "Stored pack “{pack}” {version} cannot be read ({reason}). Restore a backup, or use the program that stored it."
    )


class PacksMoved(TongbanError):
    """Somebody else installed packs between looking and agreeing."""

    code = "assembly.packs_moved"
    status = 409
    zh = "刚才有人安装了别的应用包，这次没有改动任何内容。请重新运行命令，再看一遍变更。"
    en = "Somebody installed other packs meanwhile. Nothing was changed: run the command again and look once more."


class FolderTaken(TongbanError):
    """A new pack would overwrite a folder."""

    code = "assembly.folder_taken"
    status = 409
    zh = "{folder} 已经存在，没有改动。请换一个名称，或用 --into 指定别的文件夹。"
    en = "{folder} exists already and was left alone. Use another id, or another folder with --into."


class BadPackId(TongbanError):
    """The id of a new pack can not be one."""

    code = "assembly.bad_pack_id"
    status = 422
    zh = "“{found}”不能作为应用包的 id。请用小写字母开头，只含小写字母、数字和连字符。"
    en = "“{found}” can not be a pack's id: begin with a small letter; use small letters, digits and hyphens."


class JourneyToName(TongbanError):
    """A pack with several journeys, or none of that name, and one is wanted."""

    code = "assembly.journey_to_name"
    status = 422
    zh = "没有写明是哪一件事，或者没有“{found}”。请用 --journey 写明其中一个：{known}。"
    en = "Which journey is meant? There is no “{found}”. Name one with --journey: {known}."
