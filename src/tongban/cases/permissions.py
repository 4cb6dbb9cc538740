"""What may be done with drafts, cases, tasks, tickets and requests for data, and by whom."""

from tongban.parties.access.definitions import Action, Purpose

_APPLYING = Purpose("本人办理自己的事项", "to apply for one's own matter")
_DECIDING = Purpose("依法受理、审查和决定", "to accept, examine and decide by law")
_BOTH = Purpose("本人办理，部门依法审查", "to apply, and to examine by law")
_WATCHING = Purpose("督促按期办结", "to see that it is done in time")

_DRAFTS = (
    Action("draft.read", ("owner", "assists"), "查看本人的草稿", "read one's own draft", True, _APPLYING),
    Action("draft.change", ("owner", "assists"), "修改本人的草稿", "change one's own draft", True, _APPLYING),
    Action("draft.submit", ("owner", "assists"), "提交申请", "submit an application", True, _APPLYING),
)
_APPLICANT = (
    Action("case.read", ("owner", "takes_part"), "查看办件", "read a case", True, _BOTH),
    Action("case.edit", ("owner",), "受理前修改申请", "edit before acceptance", True, _APPLYING),
    Action("case.hand_in", ("assists",), "在窗口代交补正", "hand in at a window what was asked for", True, _APPLYING),
    Action("case.withdraw", ("owner",), "撤回申请", "withdraw an application", True, _APPLYING),
    Action("consent.read", ("owner",), "查看本人的同意", "read what one agreed to", True, _APPLYING),
    Action("consent.withdraw", ("owner",), "撤回查询同意", "take back a consent to look-ups", True, _APPLYING),
    Action("consent.answer", ("owner",), "答复征求本人同意", "answer when asked for consent", True, _APPLYING),
    Action("case.ask", ("owner",), "就办件提问", "ask about a case", True, _APPLYING),
    Action("case.request_hearing", ("owner",), "申请听证", "request a hearing", True, _APPLYING),
    Action("case.supply", ("owner",), "补齐容缺材料", "supply what was tolerated", True, _APPLYING),
    Action("file.read", ("owner", "takes_part", "assists"), "查看申请材料", "read a file of a case", True, _BOTH),
    Action(
        "receipt.print", ("owner", "assists"), "打印申请回执", "print the receipt of an application", True, _APPLYING
    ),
    Action("receipt.read", ("owner", "takes_part"), "查看存证回执", "read a receipt", True, _BOTH),
)
_DEPARTMENT = (
    Action("task.read", ("takes_part",), "查看办理环节", "read a task", True, _DECIDING),
    Action("task.decide", ("decides",), "办理环节、作出决定", "decide a task", True, _DECIDING),
    Action("case.answer", ("takes_part",), "答复申请人的提问", "answer an applicant's question", True, _DECIDING),
    Action("case.suspend", ("decides",), "中止计时", "stop the clock", True, _DECIDING),
    Action("case.resume", ("decides",), "恢复计时", "let the clock go on", True, _DECIDING),
    Action("case.ask_extension", ("decides",), "申请延期", "ask for an extension", True, _DECIDING),
    Action("case.tell_hearing", ("decides",), "告知听证权利", "tell of the right to a hearing", True, _DECIDING),
    Action("case.hold_hearing", ("decides",), "举行听证", "hold a hearing", True, _DECIDING),
    Action("case.transfer", ("decides",), "移交同级部门", "transfer to another department", True, _DECIDING),
    Action("case.deliver", ("decides",), "送达结果", "deliver the result", True, _DECIDING),
    Action("case.arrange_visit", ("decides",), "安排现场核查", "arrange a visit", True, _DECIDING),
    Action("case.record_finding", ("decides",), "记录核查结果", "record what a visit found", True, _DECIDING),
    Action("case.verify_commitment", ("decides",), "核验告知承诺", "verify a commitment", True, _DECIDING),
    Action("case.hand_over", ("decides",), "移送其他地区", "hand over to another region", True, _DECIDING),
)
_HEADS = (
    Action(
        "case.extend", ("heads",), "批准延期", "approve an extension", True, _DECIDING,
        apart_from="case.ask_extension",
    ),
    Action("case.refuse_extension", ("heads",), "不予延期", "refuse an extension", True, _DECIDING),
    Action("case.transfer_level", ("heads",), "移交上级或下级", "transfer to another level", True, _DECIDING),
    Action("case.terminate", ("heads",), "终止办理", "terminate a case", True, _DECIDING),
    Action("case.delete", ("heads",), "作废办件", "void a case", True, _DECIDING),
    Action("case.refer", ("heads",), "转报", "refer a case", True, _DECIDING),
    Action("case.break_commitment", ("heads",), "认定承诺不实", "declare a commitment broken", True, _DECIDING),
    Action("case.repair_commitment", ("heads",), "信用修复", "repair a broken commitment", True, _DECIDING),
    Action("case.correct_decision", ("heads",), "更正决定", "correct a decision", True, _DECIDING),
    Action("case.revoke_decision", ("heads",), "撤销决定", "revoke a decision", True, _DECIDING),
)  # fmt: skip
_OVERSIGHT = (
    Action("case.urge", ("heads", "supervises"), "督办", "urge a case", True, _WATCHING),
    Action("urging.answer", ("decides",), "答复督办", "answer an urging"),
    Action("clock.read", ("takes_part", "supervises"), "查看计时", "read a clock", True, _WATCHING),
    Action("ticket.read", ("takes_part", "supervises"), "查看工单", "read a ticket"),
    Action("ticket.answer", ("decides",), "整改工单", "answer a ticket"),
    Action("ticket.answer_severe", ("heads",), "整改严重工单", "answer a severe ticket"),
    Action(
        "ticket.verify", ("verifies",), "核验整改", "verify what a ticket's answer says",
        apart_from="ticket.answer",
    ),
    Action("league.read", ("leads", "supervises"), "查看部门排行", "read the league table"),
    Action("measures.read", ("leads", "supervises"), "查看改革成效", "read what a journey saves"),
)  # fmt: skip
_PRIVACY = (
    Action("privacy.read", ("administers", "supervises"), "查看个人信息保护年度材料", "read the evidence of privacy"),
    Action("retention.read", ("administers", "supervises"), "查看数据保存和销毁", "read what is kept and destroyed"),
)
_SHARING = (
    Action("basket.read", ("takes_part", "supervises"), "查看数据申请单", "read a basket of requests"),
    Action("basket.change", ("decides",), "填写和提交数据申请单", "fill and send a basket"),
    Action("sharing.read", ("takes_part", "supervises"), "查看数据申请", "read a request for data"),
    Action("sharing.answer", ("decides",), "答复数据申请", "answer a request for data"),
    Action(
        "sharing.approve", ("heads",), "审批数据申请的答复", "consent to an answer about data",
        apart_from="sharing.answer",
    ),
    Action("theme.end", ("heads", "administers"), "终止共享主题", "end a theme"),
)  # fmt: skip
ACTIONS = (*_DRAFTS, *_APPLICANT, *_DEPARTMENT, *_HEADS, *_OVERSIGHT, *_PRIVACY, *_SHARING)
