"""``tongban run``: everything on one machine, the demonstration's story told once, then serving.

``--once`` tells the story and ends. A second start finds its data and serves without telling it again.
"""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import psycopg
from cyclopts import App, Parameter
from psycopg.rows import namedtuple_row
from rich.console import Console

from tongban.assembly.definitions import Story
from tongban.assembly.installing import install, load_installed
from tongban.assembly.loading import load_packs
from tongban.assembly.platform import Platform
from tongban.basics.migrate import migrate
from tongban.cli.compose import Home
from tongban.cli.demonstration import TONGBAN, department_specs, witness_spec
from tongban.cli.narration import StoryFailed, tell
from tongban.cli.process import Process, ProcessSpec, end_leftovers
from tongban.cli.seeding import PASSWORD, propose_all_grants, seed_demonstration
from tongban.cli.settings import Settings, read_settings
from tongban.cli.supervisor import ProcessGroup, Stopped, check_port, one_instance, stops_on_signals
from tongban.connectors.embedded_postgres import EmbeddedPostgres
from tongban.jobs.queue import install_queue

run_app = App(name="run", help="Start everything, play the demonstration's story, keep serving.")
STORY = ("birth", "both-parents")


@run_app.default
def run(*, once: Annotated[bool, Parameter(negative="")] = False, story: bool | None = None) -> None:
    """Start everything with the demonstration, tell its story at the first start, keep serving.

    Parameters
    ----------
    once
        Tell the story and end: exit 0, or 1 with the reason.
    story
        Tell the story again, or not at all.
    """
    settings, console = read_settings(), Console(highlight=False, soft_wrap=True)
    try:
        with stops_on_signals(), one_instance(settings.home):
            Demonstration(settings, console).run(once, story)
    except Stopped:
        console.print("已停止")


class Demonstration:
    """One run of the demonstration."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings, self.console = settings, console
        self.home = Home(settings.home)
        self.began = time.monotonic()
        self.group = ProcessGroup([], self.say)

    def say(self, line: str) -> None:
        """One line of progress, with the seconds since the start."""
        self.console.print(f"[dim]{time.monotonic() - self.began:6.1f} s[/] {line}")

    def run(self, once: bool, story: bool | None) -> None:
        """Start, tell, serve; whatever happens, everything started is stopped."""
        if ended := end_leftovers(self.settings.home):
            self.say(f"上次运行被强行结束，已清理 {ended} 个残留进程")
        check_port(self.settings.host, self.settings.port)
        postgres = None if self.settings.database_url else EmbeddedPostgres(self.settings.home / "postgres")
        try:
            conninfo = self.settings.database_url or self._start(postgres)
            first, platform = asyncio.run(self._prepare(conninfo))
            self._serve(conninfo, platform, postgres)
            if once or (first if story is None else story):
                asyncio.run(self._tell(platform))
            self._announce(platform)
            if not once:
                self.group.watch()
        finally:
            self.say("正在停止…")
            self.group.stop()
            if postgres is not None:
                postgres.stop()

    def _start(self, postgres: EmbeddedPostgres | None) -> str:
        assert postgres is not None
        self.say("启动内置 PostgreSQL")
        return postgres.start()

    async def _prepare(self, conninfo: str) -> tuple[bool, Platform]:
        """Migrate, install packs, seed. Returns whether this was the first start."""
        for name in await asyncio.to_thread(migrate, conninfo, "demonstration"):
            self.say(f"数据库迁移 {name}")
        await install_queue(conninfo)
        async with await psycopg.AsyncConnection.connect(
            conninfo, autocommit=True, row_factory=namedtuple_row
        ) as connection:
            done = await install(connection, pack_folders())
            for step in done.steps if done else ():
                self.say(f"安装应用包 {step.pack.manifest.id} {step.pack.manifest.version}")
            platform = await load_installed(connection)
            first = await seed_demonstration(connection, self.home.vault(), platform)
            if first:
                self.say(f"载入 {len(platform.seeds.people)} 位虚构人物")
            await propose_all_grants(connection, platform)
        return first, platform

    def _serve(self, conninfo: str, platform: Platform, postgres: EmbeddedPostgres | None) -> None:
        """Start witness, departmental systems, jobs and web, in this order."""
        signer = self.home.signer(self.settings.log_origin)
        near = self.settings.port
        witness_port, first_system = near + 1, near + 2
        specs = [
            witness_spec(self.home, signer.verifier, witness_port),
            *department_specs(self.home, platform.seeds.records, first_system),
            self._jobs(conninfo, f"http://127.0.0.1:{witness_port}"),
            self._web(conninfo),
        ]
        for number in range(len(platform.seeds.records) + 1):
            check_port("127.0.0.1", near + 1 + number)
        processes = [Process(spec, self.settings.home) for spec in specs]
        self.group = ProcessGroup([*([postgres] if postgres else []), *processes], self.say)
        self.group.start()

    def _environment(self, conninfo: str) -> dict[str, str]:
        settings = self.settings
        return {
            "TONGBAN_DATABASE_URL": conninfo,
            "TONGBAN_HOME": str(settings.home),
            "TONGBAN_LOG_ORIGIN": settings.log_origin,
            "TONGBAN_PUBLIC_URL": settings.public_url,
            "TONGBAN_PORT": str(settings.port),
            "TONGBAN_HOST": settings.host,
        }

    def _jobs(self, conninfo: str, witness: str) -> ProcessSpec:
        argv = (*TONGBAN, "jobs", "--witness", witness)
        return ProcessSpec(name="jobs", argv=argv, env=self._environment(conninfo))

    def _web(self, conninfo: str) -> ProcessSpec:
        settings = self.settings
        arguments = {
            "--interface": "asgi",
            "--host": settings.host,
            "--port": str(settings.port),
            "--workers": str(settings.workers),
            "--loop": "uvloop",
            "--workers-kill-timeout": "10",
        }
        flat = [text for pair in arguments.items() for text in pair]
        argv = (TONGBAN[0], "-m", "granian", *flat, "--no-ws", "--respawn-failed-workers", "--factory",
                "tongban.cli.web_process:application")  # fmt: skip
        address = f"http://127.0.0.1:{settings.port}/health"
        return ProcessSpec(name="web", argv=argv, env=self._environment(conninfo), ready=address)

    async def _tell(self, platform: Platform) -> None:
        journey, story = await self._story()
        self.say(f"演示：{story.it}")
        address = f"http://127.0.0.1:{self.settings.port}"
        await tell(address, platform, journey, story, self.settings.home, self.console)

    async def _story(self) -> tuple[str, Story]:
        """The pack's own story of both parents, read from its folder."""
        pack_id, name = STORY
        folder = next(f for f in pack_folders() if f.name == pack_id)
        loaded = load_packs([folder], [])[0]
        if loaded.pack is None or name not in loaded.pack.stories:
            raise StoryFailed(what=f"{folder}/tests/{name}.yaml")
        return loaded.pack.journeys[0].id, loaded.pack.stories[name][0]

    def _announce(self, platform: Platform) -> None:
        """Where it is, and who may sign in."""
        print_ = self.console.print
        print_(
            f"\n[bold]{self.settings.public_url}[/]  门户（群众） · {self.settings.public_url}/desk  工作台（公务人员）"
        )
        print_(f"演示账号（人物、证件号码均为虚构），密码都是 [bold]{PASSWORD}[/]：")
        for person in platform.seeds.people:
            if person.account:
                posts = "、".join(f"{department} {role}" for department, role in person.posts.items()) or "群众"
                print_(f"  {person.account:<12} {person.name}  {posts}")
        self.say("就绪，按 Ctrl-C 停止")


def pack_folders() -> list[Path]:
    """The packs that come with the platform: beside the sources, or inside the installed package."""
    inside = Path(__file__).parents[1] / "_packs"
    beside = Path(__file__).parents[3] / "packs"
    root = inside if inside.is_dir() else beside
    return sorted(folder for folder in root.iterdir() if (folder / "pack.yaml").is_file())
