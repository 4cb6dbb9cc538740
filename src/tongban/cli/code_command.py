"""``tongban code`` with the national division tree and the packs' dated divisions. Mounted by the main command."""

import datetime as dt
from collections.abc import Mapping

from tongban.assembly.divisions import divisions
from tongban.cli.code import make_code_app


def succeeded(day: dt.date) -> Mapping[str, str]:
    """Divisions that the platform's own packs declare as ended before ``day`` → the codes that answer for them."""
    from tongban.assembly.reading import read_pack
    from tongban.cli.run import pack_folders

    regions = [
        region
        for folder in pack_folders()
        if (folder / "regions").is_dir()
        for region in read_pack(folder).draft.regions
    ]
    return divisions().with_history(one for region in regions for one in region.divisions).succeeded(day)


code_app = make_code_app(divisions, succeeded)
