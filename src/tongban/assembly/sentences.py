"""What each fault says: code → (what is wrong, repair) in Simplified Chinese, then in English.

The templates are filled with a fault's ``found``, ``key`` and data. One table, so that a reader of the code
sees everything that a pack can be refused for.
"""

from tongban.assembly.content_sentences import QUALITY
from tongban.assembly.path_sentences import PATHS

YAML: dict[str, tuple[str, str, str, str]] = {
    "yaml.too_large": (
        "文件有 {found} 字节，超过上限 {limit}",
        "请拆成几个文件。",
        "The file has {found} bytes, the limit is {limit}",
        "Split it into several files.",
    ),
    "yaml.encoding": (
        "不是 UTF-8 文字（字节 {found}）",
        "请用编辑器另存为 UTF-8 编码。",
        "Not UTF-8 text (bytes {found})",
        "Save the file as UTF-8.",
    ),
    "yaml.character": (
        "含有不允许的控制字符 {found}",
        "请删除这个字符。",
        "Holds the control character {found}",
        "Remove that character.",
    ),
    "yaml.too_deep": (
        "嵌套超过 {depth} 层，或超过 {count} 个值",
        "请简化结构，或拆成几个文件。",
        "Nested deeper than {depth} levels, or more than {count} values",
        "Simplify it, or split it into several files.",
    ),
    "yaml.syntax": (
        "读不懂“{found}”（{problem}）",
        "请检查缩进、冒号后的空格和引号。",
        "Cannot be read: “{found}” ({problem})",
        "Check indentation, the blank after the colon, and quotes.",
    ),
    "yaml.anchor": (
        "不支持锚点和引用（{found}）",
        "请把内容直接写出来。",
        "Anchors and aliases are not supported ({found})",
        "Write the content out.",
    ),
    "yaml.tag": ("不支持标签 {found}", "请删去标签。", "The tag {found} is not supported", "Remove the tag."),
    "yaml.empty": ("文件是空的", "请填写内容，或删除文件。", "The file is empty", "Fill it in, or delete it."),
    "yaml.kind": (
        "“{found}”是{found_zh}，这里需要{wanted_zh}",
        "请改成{wanted_zh}。",
        "“{found}” is {found_en}; {wanted_en} is needed here",
        "Write {wanted_en}.",
    ),
    "yaml.quote": (
        "{found} 会被读成数字，这里需要文字",
        "请加引号：'{found}'。",
        "{found} reads as a number; text is needed here",
        "Put it in quotes: '{found}'.",
    ),
    "yaml.missing_value": ("没有填写内容", "请填写，或删去这个键。", "Has no value", "Fill it in, or remove the key."),
    "yaml.pattern": (
        "“{found}”不符合规定的写法 {pattern}",
        "请按规定的写法填写。",
        "“{found}” does not have the form {pattern}",
        "Write it in that form.",
    ),
    "yaml.not_listed": (
        "“{found}”不在可选值里",
        "{repair_zh}",
        "“{found}” is not one of the values allowed here",
        "{repair_en}",
    ),
    "yaml.unknown_key": ("没有名为“{found}”的键", "{repair_zh}", "There is no key “{found}” here", "{repair_en}"),
    "yaml.duplicate_key": (
        "键“{found}”写了两次（第一次在第 {first} 行）",
        "请只保留一个。",
        "The key “{found}” stands twice (first on line {first})",
        "Keep one of them.",
    ),
    "yaml.key_kind": ("键必须是简单的文字", "请改写这个键。", "A key must be plain text", "Rewrite the key."),
    "yaml.missing_key": ("缺少“{found}”", "请补上这个键。", "“{found}” is missing", "Add the key."),
}

PACK: dict[str, tuple[str, str, str, str]] = {
    "pack.no_folder": (
        "没有文件夹 {found}",
        "请检查路径。",
        "There is no folder {found}",
        "Check the path.",
    ),
    "pack.no_manifest": (
        "缺少 pack.yaml",
        "请新建 pack.yaml，写明 id、version、name、owner；或用 tongban pack new 生成。",
        "pack.yaml is missing",
        "Create it with id, version, name and owner, or start with tongban pack new.",
    ),
    "pack.link": (
        "{found} 是链接，应用包里不允许",
        "请放入文件本身。",
        "{found} is a link; a pack may not hold any",
        "Put the file itself here.",
    ),
    "pack.unknown_file": (
        "不认识的文件 {found}",
        "{repair_zh}",
        "The file {found} has no place in a pack",
        "{repair_en}",
    ),
    "pack.folder_name": (
        "id 是“{found}”，文件夹却叫“{folder}”",
        "请让两者一致。",
        "The id is “{found}” but the folder is named “{folder}”",
        "Make them the same.",
    ),
    "pack.too_many_files": (
        "文件超过 {limit} 个",
        "请拆成几个应用包。",
        "More than {limit} files",
        "Split the pack.",
    ),
    "pack.duplicate_id": (
        "{what_zh}“{found}”声明了两次（另一处：{other}）",
        "请改名，或删去其中一处。",
        "{what_en} “{found}” is declared twice (also in {other})",
        "Rename or remove one of them.",
    ),
    "pack.requires": (
        "找不到所依赖的应用包“{found}”",
        "请先安装它，或把它一并交给命令。",
        "The required pack “{found}” is neither installed nor given",
        "Install it first, or name its folder too.",
    ),
    "pack.reference": (
        "没有名为“{found}”的{what_zh}",
        "{repair_zh}",
        "There is no {what_en} “{found}”",
        "{repair_en}",
    ),
    "pack.role_unbound": (
        "已安装的区划里没有部门承担“{found}”职责",
        "请在区划应用包的部门 roles 里绑定。{repair_zh}",
        "No department of an installed region plays the role “{found}”",
        "Bind it under roles of a department in the region pack. {repair_en}",
    ),
    "pack.id_word": (
        "“{found}”不能写进条件：只能用小写字母、数字和下划线，且不能是 {reserved}",
        "请改名，例如“{repair}”。",
        "“{found}” can not be named in a rule: use small letters, digits and underscores, and not {reserved}",
        "Rename it, for instance to “{repair}”.",
    ),
    "pack.cycle": (
        "环节互相等待：{found}",
        "请删去其中一个 after。",
        "Tasks wait for each other: {found}",
        "Remove one of these “after”.",
    ),
    "pack.after_twice": (
        "“{found}”在 after 里写了两次",
        "请删去一个。",
        "“{found}” stands twice in “after”",
        "Remove one.",
    ),
    "pack.never_runs": (
        "环节“{found}”永远不会执行：条件不可能成立{because_zh}",
        "请改正条件，或删去这个环节。",
        "The task “{found}” can never run: its condition can not be true{because_en}",
        "Correct the condition, or remove the task.",
    ),
    "pack.kind_fits_not": (
        "“{found}”是{from_zh}，不能填进{into_zh}",
        "请换一个来源，或改字段的 kind。",
        "“{found}” is {from_en} and can not fill {into_en}",
        "Use another source, or change the field's kind.",
    ),
    "pack.never_true": (
        "条件不可能成立：{found}",
        "请改正条件，或删去它所管的内容。",
        "This condition can never be true: {found}",
        "Correct it, or remove what it governs.",
    ),
    "pack.no_tasks": ("没有任何环节", "请至少声明一个环节。", "There are no tasks", "Declare at least one."),
    "pack.rule": (
        "条件有误（第 {column} 列）：{detail_zh}",
        "请改正条件“{found}”。",
        "Fault in the rule at column {column}: {detail_en}",
        "Correct the rule “{found}”.",
    ),
    "pack.rule_scope": (
        "这里的条件不能使用“{found}”：{why_zh}",
        "请改用其他输入。",
        "“{found}” can not be used in this rule: {why_en}",
        "Use another input.",
    ),
    "pack.kinds_differ": (
        "“{found}”的几个来源对字段“{field}”的类型说法不一（{kinds}）",
        "请让各来源的字段类型一致。",
        "The sources of “{found}” disagree about the kind of “{field}” ({kinds})",
        "Give the field the same kind everywhere.",
    ),
    "pack.material_unused": (
        "材料“{found}”没有任何环节使用",
        "请在 tasks 里写明使用它的环节，或删去它。",
        "Nobody uses the material “{found}”",
        "Name the tasks that need it under “tasks”, or remove it.",
    ),
    "pack.no_source": (
        "材料“{found}”没有来源",
        "请至少写一个来源，例如 upload: true。",
        "The material “{found}” has no source",
        "Give at least one, such as upload: true.",
    ),
    "pack.source_kind": (
        "一个来源只能是 licence、resource、upload 之一，这里写了：{found}",
        "请只保留一个；其余的另起一个来源。",
        "A source is exactly one of licence, resource, upload; found: {found}",
        "Keep one, and make further sources of the others.",
    ),
    "pack.source_order": (
        "upload 之后的来源不会被用到",
        "请把 upload 放在最后。",
        "Sources after upload are never tried",
        "Put upload last.",
    ),
    "pack.consent_of": (
        "“{found}”不能作为征求同意的对象",
        "请写表单里存公民身份号码的字段（form.<字段>），凭同意的来源都用它查询，最后留一个 upload: true。",
        "Nobody can be asked for consent by “{found}”",
        "Name the form field with the person's number, match it in each source by consent, and add an upload.",
    ),
    "pack.match_missing": (
        "没有写明用什么查找“{found}”",
        "请在 match 里写，例如 id_number: applicant.id_number。",
        "Nothing says how to look up “{found}”",
        "Write a match, such as id_number: applicant.id_number.",
    ),
    "pack.match_key": (
        "“{found}”不是资源的查询键",
        "请改用查询键，或在资源里写 key: true。{repair_zh}",
        "“{found}” is not a key of the resource",
        "Use a key, or set key: true in the resource. {repair_en}",
    ),
    "pack.shows_missing": (
        "没有写明资源“{found}”的哪些字段会流动",
        "请在 shows 里逐个写出。",
        "Nothing says which fields of “{found}” flow",
        "List them under shows.",
    ),
    "pack.unused": (
        "{what_zh}“{found}”没有人使用",
        "请用上它，或删去它。",
        "Nobody uses the {what_en} “{found}”",
        "Use it or remove it.",
    ),
    "pack.dotted_name": (
        "没有名为“{found}”的输入",
        "{repair_zh}",
        "There is no input “{found}”",
        "{repair_en}",
    ),
}

SENTENCES: dict[str, tuple[str, str, str, str]] = YAML | PACK | QUALITY | PATHS
