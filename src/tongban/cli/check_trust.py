"""How old everything is that trust in an exchange of data rests on. Called by the doctor.

An age makes data of the higher grades wait (``resources.exchange.outages``); nothing is decided by it.
"""

from datetime import datetime, timedelta

from tongban.basics.calendar import CST
from tongban.basics.database import Connection
from tongban.cli import findings
from tongban.cli.findings import Finding
from tongban.resources.exchange.comparisons import Standing, standings
from tongban.resources.exchange.limits import Limit, Policy, all_limits, policy_on
from tongban.resources.exchange.outages import Answering, answering, witness_away

ASKED = timedelta(days=7)
"""How far back is looked at who answered."""
NOT_ONCE = (f"近 {ASKED.days} 天没有应答过", f"not answered once within {ASKED.days} days")


async def check_trust(connection: Connection, now: datetime) -> list[Finding]:
    """The ages of witness, grants, and every resource and node that was asked in the last days."""
    limits = await all_limits(connection)
    policy = policy_on(limits, now.astimezone(CST).date())
    found = [_witness(await witness_away(connection), policy), _limits(limits, policy, now)]
    found.append(
        findings.ok(
            "trust.grants", "授权与撤销：每次查询当场核对，存龄 0", "grants, revocations: read with every call, age 0"
        )
    )
    found += [_answering(one, now) for one in await answering(connection, now - ASKED)]
    return found + [_compared(one, now) for one in await standings(connection)]


def _compared(one: Standing, now: datetime) -> Finding:
    """The last comparison with another log."""
    age = _age(now - one.at)
    said = (
        f"与 {one.other} 的日志：{age[0]}前核对，本方 {one.here} 条、对方 {one.there} 条，未消除的差异 {one.open} 处",
        f"log of {one.other}: compared {age[1]} ago, {one.here} calls here, {one.there} there, {one.open} differences",
    )
    if not one.open:
        return findings.ok("trust.compared", *said)
    repair = (
        f"用 tongban exchange differences --region {one.region} 查看，与对方逐条查明",
        f"see tongban exchange differences --region {one.region} and clear each with them",
    )
    return findings.warning("trust.compared", said, repair)


def _limits(limits: list[Limit], policy: Policy, now: datetime) -> Finding:
    """How long data may be asked for without the witness: what is in force, and what comes."""
    today = now.astimezone(CST).date()
    figures = ", ".join(f"{kind} {span // timedelta(hours=1)} h" for kind, span in sorted(policy.limits.items()))
    coming = [f"{one.valid_from} {one.kind} {one.hours or '–'} h" for one in limits if one.valid_from > today]
    later = (f"；将生效 {'、'.join(coming)}", f"; coming {', '.join(coming)}") if coming else ("", "")
    return findings.ok("trust.limits", f"断档时限：{figures}{later[0]}", f"limits without witness: {figures}{later[1]}")


def _witness(away: timedelta, policy: Policy) -> Finding:
    held = [kind for kind, limit in sorted(policy.limits.items()) if away > limit]
    age = _age(away)
    if not held:
        said = (f"见证会签：未会签 {age[0]}", f"witness: without cosignature for {age[1]}")
        return findings.ok("trust.witness", *said)
    grades = ", ".join(held)
    said = (
        f"见证会签：未会签 {age[0]}，{grades} 级数据暂停查询",
        f"witness: without cosignature for {age[1]}; data of grade {grades} wait",
    )
    repair = (
        "请见证方检查；恢复会签后自动继续",
        "ask the witness's office; queries go on by themselves afterwards",
    )
    return findings.fault("trust.witness", said, repair)


def _answering(one: Answering, now: datetime) -> Finding:
    check = "trust.node" if one.peer else "trust.connector"
    name = f"{one.peer} {one.resource}".strip()
    good = _age(now - one.good_at) if one.good_at else None
    if good and one.silent_since is None:
        return findings.ok(check, f"{name}：{good[0]}前有应答", f"{name}: answered {good[1]} ago")
    away = _age(now - (one.silent_since or now))
    last = (f"上次应答：{good[0]}前", f"last answered: {good[1]} ago") if good else NOT_ONCE
    said = (f"{name}：已 {away[0]}没有可用应答（{last[0]}）", f"{name}: no usable answer for {away[1]} ({last[1]})")
    repair = ("请该部门或节点检查；此间申请人可上传", "ask that department or node; meanwhile applicants can upload")
    return findings.warning(check, said, repair)


def _age(span: timedelta) -> tuple[str, str]:
    seconds = max(int(span.total_seconds()), 0)
    for size, zh, en in ((86400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return f"{seconds // size} {zh}", f"{seconds // size} {en}"
    return f"{seconds} 秒", f"{seconds} s"
