"""Floor 2: who is who, and the one checkpoint that says who may do what."""

from tongban.parties.access.policy import declare
from tongban.parties.permissions import ACTIONS

declare("parties", ACTIONS)
