"""Tell members by mail what needs them, if they wish: what is written counts as told first, so nothing is told twice."""

import time
from typing import Any

from curation.client import Client
from curation.config import Config, notices_password
from curation.connectors.mails import smtp
from curation.errors import Invalid, Refused, TribuneError, Unknown
from curation.pipeline.letters import written

TIMEOUT = 30.0
"""Seconds the mail server may take for an answer."""
ENOUGH = 60.0
"""Seconds after which no other letter is begun: replies to customers must not wait for a mail server that says nothing."""


def tell(client: Client, config: Config) -> int:
    """Send each member the letter that is due; return how many left. Without a mail server there is nothing to do.

    Raises ConfigError, and Refused where a letter may not have arrived: one that certainly did not leave is written again the
    next time, unless the server knows nobody of that address.
    """
    given = config.notices
    if not given.smtp_host:
        return 0
    port = given.smtp_port or smtp.PORTS[given.smtp_tls]
    password = notices_password(config)
    server = smtp.Server(given.smtp_host, port, given.smtp_tls, given.smtp_user, password, TIMEOUT)
    address = given.address or (config.sign_in.address if config.sign_in else config.app.local)
    sent, missed, end = 0, [], time.monotonic() + ENOUGH
    for letter in client.post("/notices/take"):
        to = letter["email"]
        if time.monotonic() > end:
            _give_back(client, letter)
            continue
        try:
            message = written(letter["notices"], letter["language"], address, given.sender, to)
            smtp.deliver(server, bytes(message), given.sender, to, None)
            sent += 1
        except (Unknown, Invalid, ValueError) as error:
            # It may have arrived, or never will, as with an address that is none: it is tried once, and the app shows it all the same.
            missed.append(f"{letter['who']}: {error}")
        except TribuneError as error:
            _give_back(client, letter)
            missed.append(f"{letter['who']}: {error}")
    if missed:
        raise Refused(f"Not told by mail: {' '.join(missed)}")
    return sent


def _give_back(client: Client, letter: dict[str, Any]) -> None:
    keys = [one["key"] for one in letter["notices"]]
    client.post("/notices/give-back", {"member": letter["who"], "keys": keys, "before": letter["before"]})
