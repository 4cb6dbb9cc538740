"""What can go wrong when a licence is shown."""

from tongban.basics.errors import TongbanError


class PresentationUnknown(TongbanError):
    """No licence is shown under this code."""

    code = "licences.presentation_unknown"
    status = 404
    zh = "没有人用这个码出示证照。请核对，或请持证人重新出示。"
    en = "Nobody shows a licence under this code. Check it, or ask the holder to show the licence again."


class PresentationUsed(TongbanError):
    """The code was used: it opens once."""

    code = "licences.presentation_used"
    status = 410
    zh = "这个出示码已经查看过一次，不能再用。请持证人重新出示。"
    en = "This code was used already: it opens once. Ask the holder to show the licence again."


class PresentationOver(TongbanError):
    """The code's time is over, or the holder has made a newer one."""

    code = "licences.presentation_over"
    status = 410
    zh = "这个出示码已经过期，或持证人已换了新码。请持证人重新出示。"
    en = "This code has expired, or the holder has made a newer one. Ask the holder to show the licence again."


class FieldNotThere(TongbanError):
    """A field was chosen that the licence does not state."""

    code = "licences.field_not_there"
    status = 422
    zh = "证照上没有“{name}”这一项，请重新勾选要出示的内容。"
    en = "The licence does not state “{name}”. Choose again what to show."


class NothingToShow(TongbanError):
    """An ended licence is shown to nobody."""

    code = "licences.nothing_to_show"
    status = 409
    zh = "证照当前状态为“{state}”，不能出示。"
    en = "The licence is {state} and cannot be shown."
