"""Who looks at a thread now, and who writes: kept in memory for some seconds, by the one process that has the store."""

import threading
import time

SECONDS = 8.0
"""How long somebody counts as there after they last said so."""


class Presence:
    """Threads with whoever said of late that they look at one. Any thread of the process may call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._here: dict[int, dict[str, tuple[float, bool]]] = {}
        self.moved = 0
        """Grows whenever somebody comes, goes, begins or ends to type."""

    def say(self, thread: int, who: str, typing: bool) -> None:
        """Remember that `who` looks at a thread, and whether they write."""
        with self._lock:
            here = self._here.setdefault(thread, {})
            known = here.get(who)
            here[who] = (time.monotonic(), typing)
            self._forget()
            if known is None or known[1] != typing:
                self.moved += 1

    def watched(self, thread: int) -> bool:
        """Tell whether anybody looks at a thread."""
        return thread in self._here

    def leave(self, thread: int, who: str) -> None:
        """Forget that `who` looks at a thread."""
        with self._lock:
            if self._here.get(thread, {}).pop(who, None):
                self.moved += 1

    def others(self, thread: int, who: str) -> list[dict[str, str | bool]]:
        """Return who else looks at a thread: `who`, `typing`."""
        with self._lock:
            self._forget()
            here = self._here.get(thread, {})
            return [{"who": name, "typing": typing} for name, (_, typing) in here.items() if name != who]

    def _forget(self) -> None:
        limit = time.monotonic() - SECONDS
        for thread, here in list(self._here.items()):
            for name in [name for name, (at, _) in here.items() if at < limit]:
                del here[name]
                self.moved += 1
            if not here:
                del self._here[thread]
