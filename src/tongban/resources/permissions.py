"""What may be done with the catalogue, projects, grants and tokens, and by whom."""

from tongban.parties.access.definitions import Action

ACTIONS = (
    Action("catalogue.read", ("serves",), "查看数据目录", "read the catalogue"),
    Action("catalogue.edit", ("decides",), "编制本部门的数据目录", "edit the department's entries"),
    Action("catalogue.publish", ("administers",), "发布和治理数据目录", "publish and govern the catalogue"),
    Action("project.propose", ("decides",), "申报信息化项目", "propose a project"),
    Action("project.read", ("decides", "administers"), "查看信息化项目", "read a project"),
    Action(
        "project.approve", ("administers",), "审批信息化项目", "approve or decline a project",
        apart_from="project.propose",
    ),
    Action(
        "grant.read", ("takes_part", "supervises", "administers"), "查看数据授权", "read a grant of data"
    ),
    Action("grant.change", ("decides",), "收窄、停用数据授权", "narrow or revoke a grant"),
    Action("token.open", ("heads",), "打开本部门脱敏数据中的代号", "open a token of the department's masked data"),
)  # fmt: skip
