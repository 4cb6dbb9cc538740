"""What a device calls itself, in words that its owner knows: 手机 · iPhone · Safari. Called by the list of sessions."""

from tongban.web.language import mark

_SYSTEMS = (
    ("iphone", "iPhone"), ("ipad", "iPad"), ("harmony", "HarmonyOS"), ("android", "Android"), ("windows", "Windows"),
    ("mac os", "Mac"), ("linux", "Linux"),
)  # fmt: skip
_BROWSERS = (
    ("micromessenger", "微信"), ("alipay", "支付宝"), ("edg", "Edge"), ("firefox", "Firefox"),
    ("chrome", "Chrome"), ("safari", "Safari"),
)  # fmt: skip
UNKNOWN = mark("未知设备")


def device_words(agent: str) -> str:
    """System and browser as far as ``agent`` (the User-Agent header) tells, otherwise ``UNKNOWN``."""
    plain = agent.lower()
    found = [next((said for sign, said in table if sign in plain), None) for table in (_SYSTEMS, _BROWSERS)]
    return " · ".join(one for one in found if one) or UNKNOWN
