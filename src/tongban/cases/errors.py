"""What can be refused about drafts, cases and tasks. Each says what to change and that nothing is lost."""

from typing import Any

from tongban.basics.errors import TongbanError


class CaseNotFound(TongbanError):
    """No such draft, case, task or file, or not this actor's to see: the answer is the same."""

    code = "cases.not_found"
    status = 404
    zh = "没有找到这件事项，或者它不在您可以查看的范围内。"
    en = "There is no such matter, or it is not yours to see."


class NoticeNotRead(TongbanError):
    """Data may be looked up only after the notice was read (and consent given where the law asks)."""

    code = "cases.notice_not_read"
    status = 409
    zh = "请先阅读办事告知，再开始填写。"
    en = "Read the notice before you start."


class ChildDecides(TongbanError):
    """A guardian does not consent to look-ups about somebody old enough to decide (PIPL article 31)."""

    code = "cases.child_decides"
    status = 422
    zh = "孩子已满 {years} 周岁，查询要由孩子本人同意，监护人不能代为同意。请上传材料；您填写的内容都还在。"
    en = "The child is {years} or older: only the child consents to look-ups. Upload the documents; nothing is lost."


class GuardianDecides(TongbanError):
    """A child below the age of deciding does not consent alone (PIPL article 31)."""

    code = "cases.guardian_decides"
    status = 422
    zh = "不满 {years} 周岁的，查询要由父母或者其他监护人同意。请监护人登录后为您同意，或者上传材料；内容都还在。"
    en = "Below {years} a parent or guardian consents to look-ups: let them sign in and agree, or upload the documents."


class ForEnterprises(TongbanError):
    """The journey is for enterprises, and the person applied without one."""

    code = "cases.for_enterprises"
    status = 422
    zh = "这件事只能以企业名义办理，请先选择您代表的企业。"
    en = "Only an enterprise may apply for this: choose the enterprise that you act for."


class ForPersons(TongbanError):
    """The journey is for persons, and an enterprise was named."""

    code = "cases.for_persons"
    status = 422
    zh = "这件事由本人办理，不能以企业名义申请。"
    en = "A person applies for this: an enterprise can not."


class DraftSubmitted(TongbanError):
    """The draft has become a case already."""

    code = "cases.already_submitted"
    status = 409
    zh = "这份申请已经提交过了，可在“我的办件”中查看。"
    en = "This application was already submitted; see “My matters”."


class StalePage(TongbanError):
    """Somebody (perhaps the same person on another device) changed it in the meantime."""

    code = "cases.stale"
    status = 409
    zh = "内容已在别处更新。请刷新页面查看最新内容后再操作，已保存的内容没有丢失。"
    en = "It was changed elsewhere. Reload to see the newest version; what was saved is not lost."


class DraftWaits(TongbanError):
    """Who stands at the window has an open draft of their own in this journey: nobody else gets to see it."""

    code = "cases.draft_waits"
    status = 409
    zh = "本人自己的账号里已有这件事的草稿，请本人登录后接着办，或者放弃草稿后再来窗口。"
    en = "This person has an open draft of this in their own account: they go on with it there, or give it up first."


class WrongState(TongbanError):
    """The act does not fit the state the case or task is in."""

    code = "cases.wrong_state"
    status = 409
    zh = "当前状态下不能这样操作，请刷新页面查看最新进展。"
    en = "This can not be done in the present state. Reload to see the newest progress."


class TaskFinished(WrongState):
    """The task was decided already."""

    code = "cases.task_finished"
    zh = "这个环节已经办理完毕，不能重复办理。"
    en = "This task was already decided."


class EvidenceLapsed(WrongState):
    """What was looked up is too old to decide on, and asking again found nothing."""

    code = "cases.evidence_lapsed"
    zh = "这些佐证已过有效期，重新查询没有查到：{materials}。请先核实，或者请申请人补充后再决定。"
    en = "This evidence has lapsed and was not found again: {materials_en}. Check it, or have it supplied, first."


class SupplementOnce(WrongState):
    """Missing materials are told once (Administrative Licensing Law, article 32)."""

    code = "cases.supplement_once"
    zh = "补正材料只能一次性告知，本件已经告知过。"
    en = "Missing materials may be asked for only once, and that was done."


class CaseSuspended(WrongState):
    """The clock stands; nothing is decided before it runs again."""

    code = "cases.suspended"
    zh = "本件（或本环节）因“{cause}”中止计时，恢复后才能继续办理。"
    en = "The clock stands for “{cause_en}”. Resume first, then go on."


class DeemedAccepted(WrongState):
    """Nothing was told within the days of the notice: the application is accepted by law (article 32)."""

    code = "cases.deemed_accepted"
    zh = "收到申请后逾期没有一次告知，依法自 {since} 起视为受理，只能受理，不能再告知补正、退回或者不予受理。"
    en = "Nothing was told in time: by law the application is accepted as of {since}. Accept it."


class AlreadySo(WrongState):
    """The special procedure was begun already, or was not begun."""

    code = "cases.already_so"
    zh = "这项特别程序已经在进行，或者还没有开始，请刷新页面查看最新进展。"
    en = "This special procedure is under way already, or was not begun. Reload to see the newest progress."


class ExtensionOnce(WrongState):
    """The period may be extended once, before it ends (Administrative Licensing Law, article 42)."""

    code = "cases.extension_once"
    zh = "办理期限只能延长一次，并且要在到期之前提出和批准。"
    en = "The period may be extended once, and only before it ends."


class OwnExtension(TongbanError):
    """Whoever asked for an extension may not approve it, whatever posts they hold."""

    code = "cases.own_extension"
    status = 403
    zh = "延期是您本人申请的，不能由您批准。请本部门另一位负责人批准，或者由您写明理由不予延长。"
    en = "You asked for this extension yourself: another head of the department approves it, or you refuse it."


class HearingLate(WrongState):
    """A hearing is requested within the days that the law gives after it was offered."""

    code = "cases.hearing_late"
    zh = "提出听证申请的期限是 {until}，已经过了。"
    en = "A hearing could be requested until {until}; that day has passed."


class UnknownAct(TongbanError):
    """There is no such special procedure."""

    code = "cases.unknown_act"
    status = 422
    zh = "没有“{kind}”这种办理动作。可用的有：{known}。"
    en = "There is no act “{kind}”. Use one of: {known}."


class ActNeeds(TongbanError):
    """The act lacks something, or carries something that does not fit."""

    code = "cases.act_needs"
    status = 422
    zh = "请填写“{what}”：{repair}"
    en = "“{name}” is needed or does not fit: {repair_en}"


class ReasonsNeeded(TongbanError):
    """A decision against the applicant needs reasons in plain words."""

    code = "cases.reasons_needed"
    status = 422
    zh = "请写明理由（至少 5 个字），申请人会看到。"
    en = "State the reasons (at least five characters); the applicant will read them."


class MaterialsToName(TongbanError):
    """A supplement notice must name at least one known material."""

    code = "cases.materials_to_name"
    status = 422
    zh = "请勾选需要补正的材料。"
    en = "Tick the materials to be supplied."


class UnknownMaterial(TongbanError):
    """The journey has no such material, or it can not be uploaded."""

    code = "cases.unknown_material"
    status = 404
    zh = "这件事项不需要上传“{material}”。"
    en = "This journey does not ask for “{material}”."


class TooManyFiles(TongbanError):
    """More files than one material may hold."""

    code = "cases.too_many_files"
    status = 422
    zh = "每项材料最多上传 {most} 个文件，请先删除不需要的文件。"
    en = "At most {most} files a material. Remove one first."


class TextNeeded(TongbanError):
    """A question or an answer is empty or too long."""

    code = "cases.text_needed"
    status = 422
    zh = "请写 1 到 {most} 个字。"
    en = "Write 1 to {most} characters."


class NoticeNotMade(TongbanError):
    """The paper is ordered; its PDF follows within seconds."""

    code = "cases.notice_not_made"
    status = 409
    zh = "文书正在生成并加盖电子签名，请几秒后再打开。"
    en = "The paper is being made and signed. Open it again in a few seconds."


class Listed(TongbanError):
    """An error that carries a list of faults, each with field and messages in both languages."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(field=faults[0].get("field") if faults else None)
        self.faults = faults

    def message(self, language: str = "zh-CN") -> str:
        """The general sentence; the faults are listed beside it."""
        return self.en if language.startswith("en") else self.zh


class FormIncomplete(Listed):
    """The form has faults; each names its field and the repair."""

    code = "cases.form_incomplete"
    status = 422
    zh = "表单还有需要修改的地方，已填写的内容都已保存。"
    en = "Some fields need a change. Everything you entered is saved."


class NotEligible(Listed):
    """A condition of the journey is not met; each fault says which and on what basis."""

    code = "cases.not_eligible"
    status = 422
    zh = "按目前填写的情况，暂不符合办理条件。"
    en = "As things stand, the conditions are not met."


class MaterialsMissing(Listed):
    """Materials that were not found must be uploaded."""

    code = "cases.materials_missing"
    status = 422
    zh = "还有材料没有查到，请拍照或上传。"
    en = "Some documents were not found; please upload them."
