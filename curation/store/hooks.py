"""Which deliveries of a webhook were taken already."""

from datetime import timedelta

from curation.store.connection import Store, now
from curation.store.landing import source_number

SEEN = """
select 1 from seen_hook
where signature = $signature and source = (select id from source where name = $source)
"""


def seen(store: Store, source: str, signature: str) -> bool:
    """Tell whether a signature was taken."""
    uses = {"source": source, "signature": signature}
    return store.read().execute(SEEN, uses).fetchone() is not None


def remember(store: Store, source: str, signature: str, kept: timedelta) -> None:
    """Remember a signature; the source's older than `kept` are forgotten."""
    at = now()
    with store.write() as con:
        number = source_number(con, source, at)
        con.execute(
            "delete from seen_hook where source = $source and seen_at < $before",
            {"source": number, "before": at - kept},
        )
        con.execute(
            "insert into seen_hook values ($source, $signature, $at)",
            {"source": number, "signature": signature, "at": at},
        )
