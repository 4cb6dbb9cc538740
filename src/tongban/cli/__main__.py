"""``python -m tongban.cli``: the same command, for processes that a supervisor starts."""

from tongban.cli.main import main

main()
