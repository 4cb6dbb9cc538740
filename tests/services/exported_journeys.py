"""Every journey that packs bring, and journeys nobody has seen: what exports are tested with."""

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from tests.assembly.random_journey import RandomPack

from tongban.assembly.compiling import compile_journey
from tongban.assembly.reading import read_pack
from tongban.assembly.vocabulary import Vocabulary
from tongban.basics import rules
from tongban.services.catalogue import JourneyVersion

PACKS = Path(__file__).parents[2] / "packs"


@cache
def packs_journeys() -> Mapping[str, JourneyVersion]:
    """Id → version of every journey in ``packs``."""
    read = [read_pack(manifest.parent).draft for manifest in sorted(PACKS.glob("*/pack.yaml"))]
    return {journey.id: compile_journey(pack, journey, read) for pack in read for journey in pack.journeys}


@cache
def departments() -> Mapping[str, str]:
    """Department role → name in the region that the packs bring."""
    read = [read_pack(manifest.parent).draft for manifest in sorted(PACKS.glob("*/pack.yaml"))]
    return {
        role: one.name for pack in read for region in pack.regions for one in region.departments for role in one.roles
    }


def unseen_journey(seed: int) -> JourneyVersion:
    """A random journey; some of its tasks may be declined without ending it."""
    with TemporaryDirectory() as folder:
        pack = read_pack(RandomPack(seed).write(Path(folder))).draft
    (journey,) = pack.journeys
    luck = random.Random(seed)
    tasks = [msgspec.structs.replace(task, optional=luck.random() < 0.3) for task in journey.tasks]
    version = compile_journey(pack, journey)
    return replace(version, journey=msgspec.structs.replace(journey, tasks=tasks))


def schema_of(version: JourneyVersion) -> rules.Schema:
    """The names that conditions of an export may use: those of form and decisions, and how intake was decided."""
    known = Vocabulary(version.journey, version.form, {}, {}, {})
    names = {**known.types, "intake.decision": rules.text("受理决定", "the decision of intake")}
    return rules.Schema(names)
