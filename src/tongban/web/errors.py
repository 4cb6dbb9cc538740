"""What the web floor itself refuses. Every framework exception becomes one of these before it is told."""

from typing import Any

from tongban.basics.errors import TongbanError
from tongban.parties.errors import AssuranceTooLow


class PageMissing(TongbanError):
    """No page or resource has this address."""

    code = "web.not_found"
    status = 404
    zh = "没有找到这个页面，可能地址有误或已更换。"
    en = "There is no such page. The address may be mistyped or out of date."


class PersonNeeded(AssuranceTooLow):
    """A program submits what asks for a passkey, which a token never shows: the person goes on at ``at``, a page."""

    zh = "这件事要求申请人用{zh}，程序的令牌代替不了。请本人在浏览器打开 {at}，确认后提交；已填写的内容都在。"
    en = "This asks the applicant for {en}, which no token replaces. Let them open {at}, confirm and submit."


class MethodUnfit(TongbanError):
    """The address exists but does not take this kind of request."""

    code = "web.method_not_allowed"
    status = 405
    zh = "这个地址不接受 {method} 请求，请从页面上的按钮操作。"
    en = "This address does not take {method} requests. Use the buttons of the page."


class BodyTooLarge(TongbanError):
    """More was sent than the address takes."""

    code = "web.body_too_large"
    status = 413
    zh = "提交的内容太大了。请压缩图片或分几次上传，已保存的内容没有丢失。"
    en = "Too much was sent. Make the file smaller or send it in parts; what was saved is not lost."


class RequestUnfit(TongbanError):
    """The request could not be read."""

    code = "web.bad_request"
    status = 400
    zh = "请求的内容无法识别，请检查后再试。"
    en = "The request could not be read. Check it and try again."


class InputUnfit(TongbanError):
    """Fields of the request do not fit; ``faults`` names each."""

    code = "web.input_unfit"
    status = 400
    zh = "填写的内容有需要修改的地方。"
    en = "Some of the input needs a change."

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(field=faults[0].get("field") if faults else None)
        self.faults = faults


class FormExpired(TongbanError):
    """The hidden token of the form is missing or old: the page was open too long, or came from elsewhere."""

    code = "web.form_expired"
    status = 403
    zh = "页面打开太久，已经失效。请返回上一页，刷新后再提交；已保存的草稿没有丢失。"
    en = "The page was open too long. Go back, reload and send it again; saved drafts are not lost."


class TooManyRequests(TongbanError):
    """The same source asks too often."""

    code = "web.too_many_requests"
    status = 429
    zh = "操作太频繁，请稍后再试。"
    en = "Too many requests. Try again shortly."


class Unexpected(TongbanError):
    """A fault of ours. ``reference`` finds it in the node's log; nothing about its cause is shown."""

    code = "web.unexpected"
    status = 500
    zh = "系统出了点问题，我们已经记录（编号 {reference}）。您已保存的内容没有丢失，请稍后再试。"
    en = "Something went wrong on our side, noted as {reference}. What you saved is not lost; try again shortly."


class AssetMissing(TongbanError):
    """A page names a style sheet or script that was not built."""

    code = "web.asset_missing"
    status = 500
    zh = "缺少网页资源“{name}”。请运行 make assets。"
    en = "Web asset “{name}” was not built. Run make assets."


class StringsInvalid(TongbanError):
    """The file of English strings is not readable."""

    code = "web.strings_invalid"
    status = 500
    zh = "文案文件 {file} 中“{key}”的值无效：应为文字，或含 one 和 other 的对照，且不得与其他文件矛盾。"
    en = "In {file} “{key}” must be text, or a mapping with one and other, and the same as in other files."


class SharedDevice(TongbanError):
    """Whoever signed in said that others use this device: nothing is kept on it."""

    code = "web.shared_device"
    status = 403
    zh = "登录时选择了“这台设备不只我一个人用”，所以什么也不能存在这台设备上。请用自己的手机保存。"
    en = "When you signed in you said that others use this device, so nothing is kept on it. Use your own telephone."
