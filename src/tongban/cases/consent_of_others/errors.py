"""What can go wrong when somebody is asked for their consent to another's application."""

from tongban.basics.errors import TongbanError


class RequestNotFound(TongbanError):
    """There is no such request, or it was put to somebody else."""

    code = "cases.consent_request_not_found"
    status = 404
    zh = "没有找到这条征求同意。请回到“我同意过的查询”查看。"
    en = "There is no such request for consent. Go back to what you agreed to."


class RequestOver(TongbanError):
    """The request needs no answer any more: answered before, submitted, given up, past its day, or about another."""

    code = "cases.consent_request_over"
    status = 409
    zh = "这条征求同意已经结束：已经答复过，或者对方的申请不再需要。同意过的可以在“我同意过的查询”里撤回。"
    en = "This request is over: answered before, or no longer needed. What you agreed to can be taken back any time."
