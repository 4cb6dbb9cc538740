"""Where one may go on the desk: inbox, commitments, tickets, what is overdue, the league; one row of links for all."""

from msgspec import Struct

from tongban.cases.kernel import Kernel
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may
from tongban.web.language import mark


class Place(Struct, frozen=True):
    """One link of the row."""

    href: str
    label: str
    icon: str
    here: bool


def regions_of(kernel: Kernel, actor: Actor) -> list[str]:
    """The regions served here in which ``actor`` decides or watches over others."""
    return [region for region in actor.regions if region in kernel.directory.regions and _works(actor, region)]


def _works(actor: Actor, region: str) -> bool:
    return bool(actor.departments(region, *DECIDERS, "supervisor"))


def sees_grants(kernel: Kernel, actor: Actor) -> list[str]:
    """The regions served here in which ``actor`` sees grants: as one who decides, watches over others, or administers
    data.
    """
    own = [region for region in actor.regions if region in kernel.directory.regions]
    return [one for one in own if _works(actor, one) or may(actor, "grant.read", Subject(region=one))]


def _receives(actor: Actor, region: str) -> bool:
    """Whether ``actor`` receives people at a window of ``region``, or confirms what others entered there."""
    here = [post.department for post in actor.posts if post.region == region]
    return any(may(actor, "recovery.confirm", Subject(region=region, department=one)) for one in here)


def _assists(actor: Actor, region: str) -> bool:
    """Whether ``actor`` takes in at a window of ``region`` what people apply for there."""
    here = [post.department for post in actor.posts if post.region == region]
    return any(may(actor, "identity.assist", Subject(region=region, department=one)) for one in here)


def places_of(actor: Actor, region: str, here: str) -> list[Place]:
    """The links that ``actor`` may follow in ``region``; ``here`` is the page's own path."""
    decides = bool(actor.departments(region, *DECIDERS))
    leads = may(actor, "league.read", Subject(region=region))
    known = [
        ("/desk", mark("待办"), "inbox", decides),
        ("/desk/verifications", mark("承诺核查"), "certificate", decides),
        ("/desk/licences", mark("证照管理"), "id", decides),
        ("/desk/basket", mark("申请数据"), "file-upload", decides),
        ("/desk/requests", mark("共享申请"), "message-question", decides or leads),
        ("/desk/grants", mark("数据授权"), "database", decides or may(actor, "grant.read", Subject(region=region))),
        ("/desk/tickets", mark("监督工单"), "alert-triangle", decides or leads),
        ("/desk/overdue", mark("超期和督办"), "clock", leads),
        ("/desk/league", mark("时限成效"), "history", leads),
        ("/desk/journeys", mark("改革成效"), "chart-bar", leads),
        ("/desk/catalogue", mark("数据目录"), "database", actor.official),
        ("/desk/window", mark("窗口代办"), "users", _assists(actor, region)),
        ("/desk/guardians", mark("监护登记"), "heart", _assists(actor, region)),
        ("/desk/identity", mark("窗口身份核验"), "id", _receives(actor, region)),
        ("/desk/checklist", mark("部署检查"), "check", may(actor, "installation.check", Subject(region=region))),
        ("/desk/calendars", mark("工作日历"), "calendar", may(actor, "calendar.propose", Subject(region=region))),
        (
            "/desk/applications",
            mark("接入应用"),
            "external-link",
            may(actor, "application.manage", Subject(region=region)),
        ),
        ("/desk/access", mark("访问和权限"), "lock", may(actor, "denials.read", Subject(region=region))),
        ("/desk/privacy", mark("个人信息保护"), "certificate", may(actor, "privacy.read", Subject(region=region))),
        ("/desk/retention", mark("保存和销毁"), "history", may(actor, "retention.read", Subject(region=region))),
        ("/desk/directory", mark("通讯录"), "building-bank", actor.official),
        ("/desk/leave", mark("休假代办"), "calendar", actor.official),
    ]
    return [
        Place(f"{path}?region={region}", label, icon, path == here) for path, label, icon, may_go in known if may_go
    ]


def places_of_official(kernel: Kernel, actor: Actor) -> list[Place]:
    """The links of whoever decides nothing, but serves: in the first of their regions; none for everybody else."""
    served = [region for region in actor.regions if region in kernel.directory.regions]
    return places_of(actor, served[0], "") if served and actor.official else []
