"""What may be done with people, posts and the node itself, and by whom."""

from tongban.parties.access.definitions import Action, Purpose

ACTIONS = (
    Action("directory.read", ("serves",), "查看组织通讯录", "read the directory of the organisation"),
    Action("directory.export", ("administers",), "导出组织通讯录", "export the directory"),
    Action("directory.provision", ("provisions",), "同步组织和人员", "provision the directory by a system"),
    Action("unit.change", ("administers", "provisions"), "调整机构", "change a unit of the organisation"),
    Action("staff.register", ("administers", "provisions"), "登记工作人员", "register a member of staff"),
    Action("staff.leave", ("administers", "provisions", "directs"), "办理离岗", "record that somebody leaves"),
    Action("post.give", ("administers", "provisions", "directs"), "任命岗位", "give a post"),
    Action("post.govern", ("administers",), "任命管理和监督岗位", "give posts that govern"),
    Action("leave.set", ("administers", "directs"), "安排休假代办", "set a leave and its substitute"),
    Action(
        "identity.prove",
        ("receives",),
        "当面核验身份",
        "prove in person who somebody is",
        personal=True,
        purpose=Purpose("核对本人身份", "to see that it is the person"),
    ),
    Action(
        "recovery.ask",
        ("receives",),
        "当面登记找回账号",
        "enter at the window that an account was lost",
        personal=True,
        purpose=Purpose("帮助本人找回账号", "to help people back into their account"),
    ),
    Action(
        "recovery.confirm",
        ("receives", "administers"),
        "复核找回账号",
        "confirm a recovery at the window",
        apart_from="recovery.ask",
    ),
    Action("time.move", ("administers",), "推进演示时间", "move the demonstration's time"),
    Action("region.supervise", ("supervises",), "监督本区划的办理", "supervise what the region does"),
    Action("installation.check", ("administers",), "查看部署检查", "see what is open in the installation"),
    Action("access.explain", ("administers",), "查明谁能做什么、为什么不能", "ask who may do what, and why not"),
    Action("application.manage", ("administers",), "登记和管理接入的应用", "register and manage applications"),
    Action("enterprise.read_people", ("governs",), "查看企业的办事人员", "see who acts for an enterprise"),
    Action("enterprise.appoint_administrator", ("represents",), "授权企业管理员", "appoint an administrator"),
    Action("enterprise.appoint_handler", ("governs",), "授权企业经办人", "appoint a handler"),
    Action("enterprise.end_administrator", ("represents",), "收回管理员授权", "end an administrator's appointment"),
    Action("enterprise.end_handler", ("governs",), "收回经办人授权", "end a handler's appointment"),
    Action("denials.read", ("administers", "supervises"), "查看被拒绝的访问", "read which access was refused"),
)
