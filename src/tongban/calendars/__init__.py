"""Floor 3: when offices work: calendars of years and regions, each put into force by two people."""

from tongban.calendars.permissions import ACTIONS
from tongban.parties.access.policy import declare

declare("calendars", ACTIONS)
