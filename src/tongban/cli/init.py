"""``tongban init``: a production installation from nothing to its first rehearsed backup, resumable at any step.

No invented data, accounts or time. Answers come from a file (``--answers``), from the ones kept by an earlier run, or
are asked. docs/operating.md: the first Monday.
"""

import asyncio
from pathlib import Path

import msgspec
import yaml
from cyclopts import App

from tongban.cli.errors import DemonstrationHome
from tongban.cli.init_answers import Answers, check, decode, read_answers
from tongban.cli.init_asking import EXAMPLE, ask
from tongban.cli.node_group import NodeGroup, make_console
from tongban.cli.settings import NODE_FILE, read_settings
from tongban.connectors.folders import prepare_folder
from tongban.ledger.keys import write_durably

init_app = App(name="init", help="Install for production: keys, region, departments, staff, mail, backup.")
KEPT = "init.yaml"


@init_app.default
def init(*, answers: Path | None = None, template: Path | None = None, example: Path | None = None) -> None:
    """Install into TONGBAN_HOME, told step by step; run it again to go on after an interruption.

    Parameters
    ----------
    answers
        YAML file with every answer. Without it the answers of an earlier run are taken, else they are asked.
    template
        Write the empty workbook for departments, positions and staff to this file, and end.
    example
        Write an example of an answers file to this file, and end.
    """
    if template is not None or example is not None:
        _write(template, example)
        return
    settings = read_settings()
    given = _answers(settings.home, answers)
    _refuse_demonstration(settings.home)
    identity_made, split = (settings.home / "backup.yaml").exists(), (settings.home / "keys" / "custody.json").exists()
    checked = check(given, settings.home, identity_made=identity_made or _begun(settings.home), split=split)
    _keep(settings.home, given)
    node = NodeGroup(read_settings(), make_console())
    with node.held():
        # Imported here so that wrong answers are told at once, before the larger libraries load.
        from tongban.cli.init_steps import STEPS, Work, note_end

        conninfo = node.database()
        work = Work(node.settings, checked, conninfo, node.say)
        for number, (title, step) in enumerate(STEPS, 1):
            node.say(f"{number}/{len(STEPS)} {title}")
            node.say(f"    {asyncio.run(step(work))}")
        asyncio.run(note_end(work))
        _told_next(node)


def _write(template: Path | None, example: Path | None) -> None:
    if template is not None:
        from tongban.parties.organisation.sheets import workbook

        template.write_bytes(workbook())
        print(template)
    if example is not None:
        example.write_text(EXAMPLE, "utf-8")
        print(example)


def _answers(home: Path, file: Path | None) -> Answers:
    if file is not None:
        return read_answers(file)
    if (home / KEPT).exists():
        return read_answers(home / KEPT)
    return decode(ask(home), Path.cwd())


def _begun(home: Path) -> bool:
    return (home / KEPT).exists()


def _refuse_demonstration(home: Path) -> None:
    """A folder in which a demonstration ran holds its keys and its database."""
    if (home / "postgres").exists() and not (home / NODE_FILE).exists():
        raise DemonstrationHome(home=str(home))


def _keep(home: Path, answers: Answers) -> None:
    """The answers, so that a later run goes on by itself, and the node's settings for every command."""
    prepare_folder(home, mode=0o700)
    text = yaml.safe_dump(msgspec.to_builtins(answers, enc_hook=str), allow_unicode=True, sort_keys=False)
    write_durably(home / KEPT, text.encode())
    lines = [f"{name}={value}" for name, value in answers.node.environment().items()]
    write_durably(home / NODE_FILE, ("\n".join(lines) + "\n").encode())


def _told_next(node: NodeGroup) -> None:
    home = node.settings.home
    node.say("安装完成。接下来：")
    node.say(f"  1. 启动：TONGBAN_HOME={home} tongban serve（systemd 写法见 docs/operating.md）")
    node.say("  2. 保管人带走分片，操作员带走备份私钥，删除介质上多余的文件")
    node.say("  3. 把一次性链接当面交给两位管理员；登录后打开工作台“部署检查”")
    node.say(f"  4. 随时检查：TONGBAN_HOME={home} tongban doctor")
