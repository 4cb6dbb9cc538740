"""What faults of dated limits and of a case tried by ``tongban clock explain`` say.

Joined with the other sentences in ``content_sentences``; the columns are the same.
"""

CLOCK: dict[str, tuple[str, str, str, str]] = {
    "limit.long": (
        "{found} 日不是合理的期限",
        "请写 1 到 {most} 的整数。",
        "{found} days can not be a limit",
        "Write a whole number from 1 to {most}.",
    ),
    "limit.unit": (
        "时限“{id}”不能以 {found} 计算",
        "请改为：{units}。",
        "The limit “{id}” can not be counted in {found}",
        "Use: {units}.",
    ),
    "limit.dates": (
        "失效日 {found} 早于生效日 {since}",
        "请核对 since 和 until。",
        "It ends on {found}, before it begins on {since}",
        "Check since and until.",
    ),
    "limit.region": (
        "“{found}”不是区划代码的前 2、4 或 6 位",
        "请写省（2 位）、市（4 位）或县（6 位）的代码；全国适用的请删去 region。",
        "“{found}” is not the first 2, 4 or 6 digits of a division code",
        "Give those of a province, city or county; leave region out for the whole nation.",
    ),
    "limit.overlap": (
        "同一区划的时限“{found}”在 {day} 有两个值，另一个在 {other}",
        "请给先前的一个写上 until，使两者不重叠。",
        "The limit “{found}” has two values for one region on {day}; the other stands in {other}",
        "Give the earlier one an until, so that they do not overlap.",
    ),
    "limit.longer": (
        "本地时限 {found} 日，长于“{basis}”的 {most} 日",
        "请改短；法律、法规另有规定的，请在 note 里写明理由。",
        "The local limit of {found} days is longer than the {most} of “{basis}”",
        "Shorten it, or say in note which law allows it.",
    ),
    "limit.nothing_wider": (
        "没有可供比较的全国时限“{found}”",
        "请在 pack.yaml 的 requires 里写上声明它的应用包（如 statutes）。",
        "There is no national limit “{found}” to compare it with",
        "Require the pack that declares it (such as statutes) in pack.yaml.",
    ),
    "clock.no_events": (
        "没有任何事件",
        "请在 events 里按先后写明事件，至少有 received。",
        "There are no events",
        "List them in order under events, at least received.",
    ),
    "clock.region": (
        "“{found}”不是 6 位区划代码",
        "请写 6 位代码并加引号；只用全国期限的请删去 region。",
        "“{found}” is not a division code of six digits",
        "Give six digits in quotes; leave region out for national limits only.",
    ),
    "clock.moment": (
        "“{found}”不是时间",
        "请写 2000 至 2100 年间的时间，如 2024-02-08、2024-02-08 09:00（中国时间）或 2024-02-08T09:00+08:00。",
        "“{found}” is not a time",
        "Write a time from 2000 to 2100, like 2024-02-08, 2024-02-08 09:00 (time in China) or 2024-02-08T09:00+08:00.",
    ),
    "clock.time": (
        "“{found}”不是钟点",
        "请写成 17:30，并加引号。",
        "“{found}” is not a time of day",
        "Write it as 17:30, in quotes.",
    ),
    "clock.span": (
        "“{found}”不是办公时段，或早于前一个时段",
        "请按先后写成 09:00-12:00，不要重叠。",
        "“{found}” is not a span of office hours, or lies before the one before it",
        "Write spans in order, such as 09:00-12:00, without overlap.",
    ),
    "clock.no_office": (
        "按小时计的时限需要办公时间",
        "请在 terms.office 里写明，例如 [09:00-12:00, 13:30-17:00]。",
        "A limit in hours needs office hours",
        "Give them under terms.office, such as [09:00-12:00, 13:30-17:00].",
    ),
    "clock.no_cause": (
        "没有写明中止的原因",
        "请填 cause，可用：{known}。",
        "Nothing says why the clock stands",
        "Give cause, one of: {known}.",
    ),
    "clock.number": (
        "{found} 不是合理的时限",
        "请写 0 到 1000 的整数。",
        "{found} can not be a limit",
        "Write a whole number from 0 to 1000.",
    ),
    "clock.calendar": ("{zh}", "请改正这份日历。", "{en}", "Correct this notice."),
    "clock.year_unknown": (
        "{found} 年的放假安排没有公布",
        "请在 calendar.notices 里写明它，或从 years 里删去。",
        "The notice of {found} is not known",
        "Add it under calendar.notices, or remove the year.",
    ),
    "clock.year_gap": (
        "日历缺 {found} 年",
        "请在 years 里补上，使年份相连。",
        "The calendar has a gap: {found} is missing",
        "Add the year, so that the years follow each other.",
    ),
    "clock.day_doubled": (
        "{found} 写了两次",
        "请只保留一处。",
        "{found} stands twice",
        "Keep one.",
    ),
    "clock.event": ("{zh}", "请改正这个事件。", "{en}", "Correct this event."),
    "clock.terms": ("{zh}", "请改正 terms 或 limits。", "{en}", "Correct terms or limits."),
}
