"""``tongban identity``: the keys that sign what other applications are told. Mounted by the main command."""

from cyclopts import App

from tongban.cli.home import Home
from tongban.cli.settings import read_settings
from tongban.parties.applications.keys import ALGORITHMS

identity_app = App(name="identity", help="The keys by which other applications check sign-ins.")
STATES = {
    "signs": "signs now",
    "next": "published, signs an hour after it was made",
    "published": "replaced, published for a day more",
    "retired": "needed by nobody, goes with the next new key",
}


@identity_app.command
def keys() -> None:
    """List the keys with their states (the first ones are made if there are none)."""
    _list(Home(read_settings().home))


@identity_app.command
def renew() -> None:
    """Make a new key of each algorithm: published at once, signing in an hour; nobody has to do anything."""
    home = Home(read_settings().home)
    for algorithm in ALGORITHMS:
        home.identity_keys().renew(algorithm)
    _list(home)


def _list(home: Home) -> None:
    for name, state in home.identity_keys().states():
        print(f"{name}  {STATES[state]}")
