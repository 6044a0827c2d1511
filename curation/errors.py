"""Every error a caller may want to tell apart, named by what the caller should do.

TribuneError                 say it to the person, exit 1
├── ConfigError              mend tribune.toml or a secret; names the key and the file
│   └── NoSuchConnector      install the package or choose one of those listed
├── TryAgain                 wait `after` seconds, then run the same thing again
├── Refused                  credentials or permission: stop this source, tell a person
├── BadRecord                park this one record with its reason, go on
├── Unknown                  a reply left and no answer came: look for it on the channel, never send it again blindly
├── StoreBusy                another process holds the store; names it
├── StoreDamaged             the file is newer, corrupt or unreadable; says which and what to do
├── DiskFull                 free space, then run again; nothing was half-written
├── NotFound                 no such comment, source, token …
├── Invalid                  the request itself is wrong; says how
├── Stale                    someone else changed it first; carries the current value
└── Forbidden                this member or token may not do that
"""

from collections.abc import Iterable
from typing import Any


class TribuneError(Exception):
    """Say what happened, where, and what to do next.

    `title` is a short heading for people; `status` is the HTTP status the API answers with.
    """

    title = "Something went wrong"
    status = 500


class ConfigError(TribuneError):
    title = "The configuration needs mending"
    status = 422


class NoSuchConnector(ConfigError):
    title = "No such connector"

    def __init__(self, name: str, installed: Iterable[str]) -> None:
        listed = ", ".join(sorted(installed))
        super().__init__(f"No connector is called {name!r}. Installed: {listed}.")


class TryAgain(TribuneError):
    """`after` is in seconds."""

    title = "It does not work at the moment"
    status = 503

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Refused(TribuneError):
    title = "The channel refused us"
    status = 502


class BadRecord(TribuneError):
    title = "A record could not be read"
    status = 422


class Unknown(TribuneError):
    title = "Nobody knows whether it arrived"
    status = 502


class StoreBusy(TribuneError):
    title = "The store is in use"
    status = 503


class StoreDamaged(TribuneError):
    title = "The store cannot be opened"


class DiskFull(TribuneError):
    title = "The disk is full"
    status = 507


class NotFound(TribuneError):
    title = "Not found"
    status = 404


class Invalid(TribuneError):
    title = "The request is not valid"
    status = 422


class Stale(TribuneError):
    """`current` is the value as it stands now, ready for JSON."""

    title = "Someone else changed it first"
    status = 409

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class Forbidden(TribuneError):
    title = "Not allowed"
    status = 403
