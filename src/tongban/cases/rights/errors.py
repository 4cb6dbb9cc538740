"""What can be refused about what a person asks concerning their data."""

from tongban.basics.errors import TongbanError
from tongban.cases.errors import WrongState


class NoRights(TongbanError):
    """No installed pack says how such a request is worked off, or nobody plays the role here."""

    code = "rights.none_here"
    status = 409
    zh = "本地还不能在网上提出这项申请，请直接联系数据主管部门，或者拨打 12345。"
    en = "This can not be asked online here yet: please turn to the office in charge of data, or call 12345."


class AskedAlready(WrongState):
    """The same was asked and is not answered yet."""

    code = "rights.already"
    zh = "您已经提出过同样的申请，还没有答复，办理情况就在下面。"
    en = "You have asked for this already and the answer is still awaited; where it stands is shown below."


class RestrictedAlready(WrongState):
    """The use is restricted already."""

    code = "rights.restricted_already"
    zh = "您的数据已经限制使用，不用再申请。"
    en = "The use of your data is restricted already; there is nothing to ask for."


class RequestNotFound(TongbanError):
    """No such request, or not one's own: the answer is the same."""

    code = "rights.not_found"
    status = 404
    zh = "没有找到这项申请，或者它不是您的。"
    en = "There is no such request, or it is not yours."


class NoCopy(TongbanError):
    """There is no copy to read: it is not made yet, was refused, or is past its time."""

    code = "rights.no_copy"
    status = 404
    zh = "现在没有可以下载的副本：还没有生成、没有同意，或者已经过期。过期的可以再申请一份。"
    en = "There is no copy to download: not made yet, not agreed to, or expired. Ask for another if it expired."
