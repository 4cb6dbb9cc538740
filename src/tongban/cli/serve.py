"""``tongban serve``: this node in production, on the same supervisor as the demonstration.

No demonstration data, accounts or time. What the deployment gives: packs (``tongban pack install``), the list of
departmental systems, departments' signing keys, and the address of a witness under another office.
"""

import asyncio

from cyclopts import App

from tongban.cli.errors import SettingsInvalid
from tongban.cli.node_group import NodeGroup, make_console
from tongban.cli.settings import DEMONSTRATION_ORIGIN, read_settings

serve_app = App(name="serve", help="Start everything for production.")


@serve_app.default
def serve() -> None:
    """Start database, jobs and web for production and keep them running until a signal comes.

    Refuses a database that was created as a demonstration, and the demonstration's name for the log.
    Settings: docs/operating.md.
    """
    settings = read_settings()
    if settings.log_origin == DEMONSTRATION_ORIGIN:
        raise SettingsInvalid(faults="TONGBAN_LOG_ORIGIN: name the log for ever, for instance log.example.gov.cn/2026")
    node = NodeGroup(settings, make_console())
    with node.held():
        conninfo = node.database()
        # Imported here so that the database starts, and says so, while the larger libraries load.
        from tongban.cli.home import Home
        from tongban.cli.preparing import prepare_production

        platform = asyncio.run(prepare_production(conninfo, node.say))
        home = Home(node.settings.home)
        home.vault()
        signer = home.signer(node.settings.log_origin)
        node.serve(conninfo, [], node.settings.witness_url)
        node.say(f"{node.settings.public_url} 就绪，存证日志公钥 {signer.verifier}")
        if not platform.packs:
            node.say("尚未安装应用包。办法：tongban pack install <文件夹>")
        if node.settings.witness_url is None:
            node.say("没有见证方：设置 TONGBAN_WITNESS_URL，并把其公钥写入 keys/witnesses.txt")
        node.watch()
