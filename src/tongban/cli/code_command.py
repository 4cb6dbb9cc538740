"""``tongban code`` with the national division tree at hand. Mounted by the main command."""

from tongban.assembly.divisions import divisions
from tongban.cli.code import make_code_app

code_app = make_code_app(divisions)
