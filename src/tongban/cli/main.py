"""The command ``tongban``: every sub-command by name, loaded only when it is called.

Called by the console script. A refusal is one line (code, what is wrong, the repair) and exit code 1;
an unexpected error is one line that names the file with its traceback.
"""

import os
import sys
import traceback
from importlib import metadata
from pathlib import Path

import cyclopts

from tongban.basics.errors import TongbanError

app = cyclopts.App(
    name="tongban",
    help="Tongban 通办: a digital-government platform in which a whole thing is done once.",
    version=lambda: metadata.version("tongban"),
)
# Where each command lives and what it does; a string is imported only when its command is called.
COMMANDS = {
    "run": (
        "tongban.cli.run:run_app",
        "Start everything, play the demonstration's story, keep serving.",
    ),
    "serve": ("tongban.cli.serve:serve_app", "Start everything for production."),
    "jobs": ("tongban.cli.jobs_process:jobs_app", "Seal, drain, make documents (started by run and serve)."),
    "init": (
        "tongban.cli.init:init_app",
        "Install for production: keys, region, departments, staff, mail, backup.",
    ),
    "mail": ("tongban.cli.mail:mail_app", "Say how mail leaves, and try it."),
    "keys": ("tongban.cli.keys:keys_app", "Split, open and replace the keys that encrypt at rest."),
    "backup": ("tongban.cli.backup:backup_app", "Back the node up, list the backups, rehearse a restore."),
    "restore": ("tongban.cli.restore:restore_app", "Make a node from its backup, as it was at a moment."),
    "doctor": ("tongban.cli.doctor:doctor", "Check machine, database, keys, calendar years and packs."),
    "code": (
        "tongban.cli.code_command:code_app",
        "Check a code such as a resident id; say why it is wrong.",
    ),
    "pack": ("tongban.cli.pack:pack_app", "Check, test, make, install and list packs."),
    "licence": ("tongban.cli.licence:licence_app", "Verify a licence without a network: its file, its list."),
    "ledger": ("tongban.cli.ledger:ledger_app", "Verify the ledger or one receipt; seal it."),
    "calendar": (
        "tongban.cli.calendar:calendar_app",
        "Put the holidays of a year, or a region's own days, into force by two people.",
    ),
    "access": ("tongban.cli.access:access_app", "Who may do what, why not, and what was refused."),
    "retention": ("tongban.cli.retention:retention_app", "How long what is kept: what is due, destroy it, prove it."),
    "privacy": ("tongban.cli.privacy:privacy_app", "The yearly evidence of privacy, counted and assessed."),
    "clock": ("tongban.cli.clock:clock_app", "Say when something is due, and why, without a server."),
    "department": ("tongban.cli.department:department_app", "Run an invented departmental system."),
    "exchange": (
        "tongban.cli.exchange:exchange_app",
        "Let departments' systems ask through the gateway; keys, systems, two nodes' logs compared.",
    ),
    "library": (
        "tongban.cli.library:library_app",
        "Feed the upper level's case library, receive it, compare both sides.",
    ),
    "catalogue": (
        "tongban.cli.catalogue:catalogue_app",
        "Let other nodes harvest the catalogue, harvest theirs.",
    ),
    "identity": ("tongban.cli.identity:identity_app", "The keys by which other applications check sign-ins."),
    "witness": ("tongban.cli.witness:witness_app", "Run the witness that co-signs checkpoints."),
}
for _name, (_place, _help) in COMMANDS.items():
    app.command(_place, name=_name, help=_help)


def main() -> None:
    """Run the command line and exit: 0 done, 1 refused or failed, 130 interrupted."""
    try:
        app()
    except TongbanError as refusal:
        sys.exit(f"tongban: {refusal.code}: {refusal.message(reader_language())}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing more can be told it, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as fault:
        sys.exit(_unexpected(fault))


def reader_language() -> str:
    """``zh-CN`` or ``en``, from the terminal's locale."""
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-CN" if chosen.lower().startswith("zh") else "en"


def _unexpected(fault: Exception) -> str:
    """Write the traceback to ``<home>/log/errors.log`` and say so; print it where nothing can be written."""
    log = Path(os.environ.get("TONGBAN_HOME") or "var").absolute() / "log" / "errors.log"
    words = "".join(traceback.format_exception(fault))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(words)
    except OSError:
        return words
    return f"tongban: internal: {type(fault).__name__}: {fault}. Details: {log}"


if __name__ == "__main__":
    main()
