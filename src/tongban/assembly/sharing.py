"""Makes what packs declare about asking for data ready to use; older ways are kept for open requests.

Called when packs are assembled, never during a request.
"""

from collections.abc import Sequence

from tongban.assembly.definitions import Pack
from tongban.cases.sharing.way import PinnedTheme, PinnedWay, Sharing


def compile_sharing(packs: Sequence[Pack], earlier: Sequence[Pack] = ()) -> Sharing:
    """The sharing of ``packs`` (active versions); ``earlier`` are other versions, to which requests are pinned."""
    current = [way for pack in packs for way in _ways(pack)]
    older = [way for pack in earlier for way in _ways(pack)]
    return Sharing(
        way=next(iter(current), None),
        ways={(one.pack, one.version): one for one in (*older, *current)},
        themes={
            theme.id: PinnedTheme(pack.manifest.id, pack.manifest.version, theme)
            for pack in packs
            for theme in pack.themes
        },
    )


def _ways(pack: Pack) -> list[PinnedWay]:
    return [PinnedWay(pack.manifest.id, pack.manifest.version, way) for way in pack.sharing]
