"""Who a request stands for at the second wall: what the session setting says of an actor.

Made from the same relations as the checkpoint. Called wherever a secret was turned into an actor for a request.
"""

from tongban.basics import second_wall
from tongban.parties.access.definitions import DECIDERS
from tongban.parties.models import Actor


def wall_of(actor: Actor) -> second_wall.Wall:
    """What the settings say for ``actor``."""
    places = sorted({f"{post.region}/{post.department}" for post in actor.posts if post.role in DECIDERS})
    over = sorted({post.region for post in actor.posts if post.role == "supervisor"})
    return second_wall.Wall(
        owners=_array([str(one) for one in (*actor.owners, *(held.account for held in actor.assisting))]),
        keys=_array([f"\\x{key.hex()}" for key in actor.keys]),
        places=_array(places) if places else "",
        over=_array(over) if over else "",
    )


def stand_for(actor: Actor) -> None:
    """From here on the request stands for ``actor``."""
    second_wall.stand_for(wall_of(actor))


def _array(values: list[str]) -> str:
    quoted = ('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return "{" + ",".join(quoted) + "}"
