"""The port to an operator of text messages: who carries a text to a telephone, and what may go wrong.

Implemented by ``tongban.connectors.text_gateway``; handed to the jobs process by the command that starts it.
"""

from typing import Protocol


class NotCarried(Exception):
    """The operator did not take a message; ``reason`` holds neither number nor text."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TextChannel(Protocol):
    """Carries text messages."""

    async def send(self, mobile: str, text: str, reference: str) -> None:
        """Hand one over; ``reference`` is the same when it is sent again. Raises ``NotCarried``."""
        ...
