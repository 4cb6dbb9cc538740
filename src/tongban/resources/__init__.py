"""Floor 3: what is known: data resources, grants and look-ups."""

from tongban.parties.access.policy import declare
from tongban.resources.permissions import ACTIONS

declare("resources", ACTIONS)
