"""Floor 4: what must get done: drafts, cases, tasks and deadlines."""

from tongban.cases.permissions import ACTIONS
from tongban.parties.access.policy import declare

declare("cases", ACTIONS)
