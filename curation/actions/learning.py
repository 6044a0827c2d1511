"""What the tagger learns from, how good it is, and which model is in force."""

from typing import Any

import pyarrow as pa

from curation.actions import needs
from curation.language import models
from curation.models import Who
from curation.store import Store, access, judgements

Row = dict[str, Any]


@needs("read")
def judged(store: Store, who: Who, limit: int) -> pa.Table:
    """Return what people said of tags, newest first. See `store.judgements.judged`."""
    return judgements.judged(store, limit)


@needs("read")
def untouched(store: Store, who: Who, limit: int) -> pa.Table:
    """Return a sample of tagged comments that nobody judged."""
    return judgements.untouched(store, limit)


@needs("read")
def listed(store: Store, who: Who) -> Row:
    """Return `in_force`, the model comments are tagged with, and all `models`, newest first."""
    return _listed(store)


def _listed(store: Store) -> Row:
    home = store.config.home
    made = [
        {"name": one.name, "digest": one.digest, "fits": one.fits, **one.about} for one in models.made(home)
    ]
    chosen = models.chosen(home)
    return {"in_force": chosen.name if chosen else models.SHIPPED, "models": made}


@needs("curate")
def use(store: Store, who: Who, name: str) -> Row:
    """Tag with a model from now on, or with the "shipped" weights; what is tagged by others is tagged anew. Raises NotFound, Invalid."""
    home = store.config.home
    with store.write() as con:
        before = models.in_force(home)
        models.use(home, name)
        access.note(con, who.name, "use model", f"model/{name}", {"model": before}, {"model": name})
    return _listed(store)


@needs("curate")
def rollback(store: Store, who: Who) -> Row:
    """Go back to the model in force before. Raises NotFound where there was none."""
    return use(store, who, models.before(store.config.home))
