"""Text messages through an operator's HTTP gateway: one POST a message, JSON with ``to``, ``text``, ``reference``.

The gateway answers with any 2xx when it has taken the message; a repeated ``reference`` must not send it twice. Its
address is ``TONGBAN_TEXT_GATEWAY``; a bearer token may stand in ``text-gateway.token`` in the working folder.
"""

from pathlib import Path

import httpx

from tongban.messages.channels import NotCarried

SECONDS = 10.0


class TextGateway:
    """The gateway at ``url``; ``token_file`` is read for every message, so that it can change while running."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._url, self._token_file = url, token_file

    async def send(self, mobile: str, text: str, reference: str) -> None:
        """Hand one message over. Raises ``NotCarried``."""
        headers = {}
        if self._token_file.exists():
            headers["authorization"] = f"Bearer {self._token_file.read_text('utf-8').strip()}"
        body = {"to": mobile, "text": text, "reference": reference}
        try:
            async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
                answer = await client.post(self._url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotCarried(type(error).__name__) from error
        if not answer.is_success:
            raise NotCarried(f"status {answer.status_code}")
