"""What faults of the paths beside the plain one say: commitments, tolerance, fast lane, visits, hand-over.

Joined with the other sentences in ``sentences``; the columns are the same.
"""

PATHS: dict[str, tuple[str, str, str, str]] = {
    "path.tolerance_days": (
        "容缺补交期限 {found} 个工作日，超过承诺的 {promise} 个",
        "补交期限不得长于承诺时限，请改短。",
        "Tolerated materials may come within {found} working days, past the promise of {promise}",
        "They must come within the promise: shorten it.",
    ),
    "path.nothing_tolerable": (
        "声明了容缺受理，但没有材料可以容缺",
        "请在可容缺的材料里写 tolerable: true，或删去 tolerance。",
        "Tolerance is declared, but no material is tolerable",
        "Set tolerable: true where a material may follow, or remove tolerance.",
    ),
    "path.not_brought": (
        "材料“{found}”不能上传，无法容缺后补交",
        "请给它加上来源 upload: true，或删去 tolerable。",
        "The material “{found}” can not be uploaded and so can not follow later",
        "Give it the source upload: true, or remove tolerable.",
    ),
    "path.no_days": ("天数 {found} 不合理", "请写 1 或以上的整数。", "{found} days make no sense", "Write 1 or more."),
    "path.no_tasks": ("没有写明适用的环节", "请在 tasks 里至少写一个。", "Names no task", "Name one under tasks."),
    "path.material_shared": (
        "材料“{found}”还有其他环节要用（{tasks}），承诺不能替代",
        "请把这些环节也列入承诺，或不要替代这项材料。",
        "Other tasks need the material “{found}” too ({tasks}): the commitment can not replace it",
        "Name those tasks as well, or do not replace this material.",
    ),
    "path.task_twice": (
        "环节“{found}”已由另一项承诺（{other}）决定",
        "一个环节只能依据一项承诺，请删去一处。",
        "The task “{found}” is decided on another commitment already ({other})",
        "A task rests on one commitment: remove one.",
    ),
    "path.lane_longer": (
        "绿色通道的 {found} 个工作日，比一般程序的 {plain} 个还长",
        "绿色通道只能更快，请改短。",
        "{found} working days on the fast lane, longer than the plain {plain}",
        "The fast lane may only be faster: shorten it.",
    ),
    "path.lane_path": (
        "绿色通道上最长的一条路径要 {days} 个工作日（{path}），超过绿色通道承诺的 {found} 个",
        "请在 fast_lane.tasks 里缩短环节，或放宽 promise。",
        "The longest path on the fast lane takes {days} working days ({path}), past its promise of {found}",
        "Shorten tasks under fast_lane.tasks, or promise more days.",
    ),
    "path.visit_alone": (
        "联合勘验“{found}”只有一个部门",
        "请写上至少两个部门的环节；只有一个部门的现场检查不用声明。",
        "Only one department takes part in the shared visit “{found}”",
        "Name tasks of two departments at least; a visit of one needs no declaration.",
    ),
    "path.visit_order": (
        "环节“{found}”排在“{before}”之后，不能同时勘验",
        "一同勘验的环节要能同时进行，请调整 after 或 tasks。",
        "The task “{found}” comes after “{before}”: they can not be visited together",
        "Tasks of one visit run side by side: change “after” or “tasks”.",
    ),
    "path.visit_lead": (
        "牵头部门“{found}”既不是这件事的牵头部门，也没有环节参加勘验",
        "请改为参加勘验的部门。",
        "“{found}” neither leads the journey nor takes part in the visit",
        "Name a department that takes part.",
    ),
    "path.stops_basis": (
        "写了 stops（{found}），却没有写明依据",
        "时钟只有依法才能停，请填 basis，或删去 stops。",
        "stops ({found}) without its basis",
        "The clock stands only where the law lets it: give basis, or remove stops.",
    ),
    "path.hours": (
        "hours: {found} 不适用",
        "只有即办件（finish: 1）才按小时计，且至少 1 小时。",
        "hours: {found} does not apply",
        "Only an instant item (finish: 1) has a limit in hours, of at least 1.",
    ),
}
