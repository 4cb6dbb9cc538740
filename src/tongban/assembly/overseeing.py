"""Makes what packs declare about oversight ready to run: rules compiled once, older versions kept for open tickets.

Called when packs are assembled, never during a request.
"""

from collections.abc import Sequence

from tongban.assembly.definitions import Pack
from tongban.basics import rules
from tongban.cases.oversight.definitions import Watch
from tongban.cases.oversight.lights import Lights
from tongban.cases.oversight.use_names import SCHEMAS
from tongban.cases.oversight.watching import CompiledWatch, Oversight, PinnedJourney


def compile_oversight(packs: Sequence[Pack], earlier: Sequence[Pack] = ()) -> Oversight:
    """The oversight of ``packs`` (active versions); ``earlier`` are other versions, to which tickets are pinned.

    Raises ``RuleRefused`` only for a pack that was not checked.
    """
    active = [_compiled(pack, watch) for pack in packs for watch in pack.watches]
    older = [_compiled(pack, watch) for pack in earlier for watch in pack.watches]
    ways = [_pinned(pack) for pack in (*earlier, *packs) if pack.tickets]
    current = [_pinned(pack) for pack in packs if pack.tickets]
    return Oversight(
        watches=_about("case", active),
        exchange=_about("exchange", active),
        objection=_about("objection", active),
        rights=_about("rights", active),
        every={one.key: one for one in (*older, *active)},
        tickets=next(iter(current), None),
        ways={(one.pack, one.version): one for one in ways},
        lights=Lights(tuple(rule for pack in packs for rule in pack.lights)),
    )


def _compiled(pack: Pack, watch: Watch) -> CompiledWatch:
    return CompiledWatch(
        pack.manifest.id, pack.manifest.version, watch, rules.compile(watch.rule, SCHEMAS[watch.about])
    )


def _about(what: str, found: Sequence[CompiledWatch]) -> tuple[CompiledWatch, ...]:
    return tuple(one for one in found if one.watch.about == what)


def _pinned(pack: Pack) -> PinnedJourney:
    return PinnedJourney(pack.manifest.id, pack.manifest.version, pack.tickets[0])
