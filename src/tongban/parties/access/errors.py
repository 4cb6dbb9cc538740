"""What can be wrong with declared actions: faults of the program, found when it starts."""

from tongban.basics.errors import TongbanError


class ActionUnfit(TongbanError):
    """An action is declared twice, names no relation, or reads personal data for no purpose."""

    code = "access.action_unfit"
    status = 500
    zh = "操作“{action}”的权限声明有误：{problem}。"
    en = "The declaration of action “{action}” is wrong: {problem}."


class ActionUnknown(TongbanError):
    """Nobody declared this action, so nobody may do it."""

    code = "access.action_unknown"
    status = 404
    zh = "没有“{action}”这个操作。相近的有：{near}。"
    en = "There is no action “{action}”. Similar ones: {near}."


class LoginUnknown(TongbanError):
    """Nobody who may sign in has this log-in name."""

    code = "access.login_unknown"
    status = 404
    zh = "没有可登录的账号“{login}”。"
    en = "Nobody signs in as “{login}”."


class TooOften(TongbanError):
    """More of one kind than one account, or one source of visitors, is allowed in a stretch of time."""

    code = "access.too_often"
    status = 429
    zh = "{zh}次数太多（每 {minutes} 分钟最多 {most} 次），请在 {seconds} 秒后再试。"
    en = "Too many of these ({en}): at most {most} in {minutes} minutes. Try again in {seconds} seconds."
