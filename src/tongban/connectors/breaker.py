"""A circuit breaker: stop asking a system that does not answer, and try again by and by.

Called by the departmental connector. It belongs to one process and one event loop.
"""

import time
from collections.abc import Callable


class Breaker:
    """Closed until ``threshold`` failures in a row; then open for ``pause`` seconds; then one trial.

    The trial decides: a success closes it, a failure opens it for another pause.
    """

    def __init__(self, threshold: int = 5, pause: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._closed_again = 0.0

    def admits(self) -> bool:
        """Whether a call may go out now. While a trial is under way no other call is let through."""
        if self._failures < self._threshold:
            return True
        now = self._clock()
        if now < self._closed_again:
            return False
        self._closed_again = now + self._pause
        return True

    def succeeded(self) -> None:
        """The system answered, whatever it said."""
        self._failures = 0

    def failed(self) -> None:
        """The system did not answer."""
        self._failures += 1
        if self._failures >= self._threshold:
            self._closed_again = self._clock() + self._pause
