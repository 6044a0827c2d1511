"""How fast Bluesky is read, and at how many requests: `python -m tests.bench.bluesky [POSTS]` on a real network on loopback.

Posts mentions and replies, waits until the network shows them, and pulls them: all, then again with nothing new. `normalise`
is timed by itself.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from pydantic import SecretStr

from curation.connectors.atproto import listing
from curation.connectors.bluesky import Bluesky
from curation.models import Cursor, Raw
from tests.servers.bluesky.network import Network, missing, started


def main() -> None:
    """Print one line for each pull."""
    if reason := missing():
        sys.exit(reason)
    for network in started():
        measure(network, int(sys.argv[1]) if sys.argv[1:] else 1_000)


def measure(network: Network, number: int) -> None:
    """Post `number` comments and read them."""
    brand, ana = network.account("bench-shop"), network.account("bench-ana")
    root = brand.post("We have something new.")
    begun = time.perf_counter()

    def say(n: int) -> None:
        if n % 2:
            ana.mention(brand, f"No. {n}: the export crashes")
        else:
            ana.post(f"No. {n}: when does it come?", to=root)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(say, range(number)))
    print(f"posted    {number:>6,} in {time.perf_counter() - begun:6.2f} s")
    source = Bluesky(user=brand.handle, password=SecretStr(brand.app_password), url=network.url, private=True)
    begun = time.perf_counter()
    while len(read(source, listing.ADDRESSED, None)[0]) < number:
        time.sleep(0.2)
    print(f"shown     {number:>6,} in {time.perf_counter() - begun:6.2f} s after the last was posted")
    for stream in (listing.ADDRESSED, listing.OWN):
        cursor: Cursor | None = None
        for what in ("all", "nothing new"):
            begun = time.perf_counter()
            raws, cursor, requests = read(source, stream, cursor)
            took = time.perf_counter() - begun
            print(
                f"pulled    {len(raws):>6,} in {took:6.2f} s, {requests:3} requests, {len(raws) / took:8,.0f}/s: {stream}, {what}"
            )
        begun = time.perf_counter()
        for raw in raws:
            list(source.normalise(raw))
        print(f"mapped    {len(raws):>6,} in {time.perf_counter() - begun:6.2f} s")


def read(source: Bluesky, stream: str, cursor: Cursor | None) -> tuple[list[Raw], Cursor | None, int]:
    """Pull one stream; return raws, cursor and the requests it took, sign-in included."""
    raws: list[Raw] = []
    with source.connect() as session:
        for page in source.pull(session, stream, cursor):
            raws += page.raws
            cursor = page.cursor
        return raws, cursor, session.http.requests


if __name__ == "__main__":
    main()
