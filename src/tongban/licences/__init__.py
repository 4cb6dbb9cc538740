"""Floor 3: what is attested: licence types, issue and verification."""

from tongban.licences.permissions import ACTIONS
from tongban.parties.access.policy import declare

declare("licences", ACTIONS)
