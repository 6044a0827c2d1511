"""Care of the store, its tokens and its audit: for those who administer; upkeep for flows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curation.actions import needs
from curation.config import Config, load
from curation.errors import Forbidden, Invalid
from curation.models import Who
from curation.store import Store, access, care, guarded, indexing
from curation.store.search import RANGE

Row = dict[str, Any]


@needs("administer")
def backup(store: Store, who: Who, target: Path) -> Row:
    """Copy the store into the new file `target`, checked."""
    return care.backup(store, who.name, _absolute(target))


@needs("administer")
def snapshot(store: Store, who: Who, target: Path) -> Row:
    """Write the comments for analysts."""
    return care.snapshot(store, _absolute(target))


@needs("administer")
def doctor(store: Store, who: Who, mend: bool = True) -> Row:
    """Check store and index; return `healthy`, `problems` and `mended`, in sentences.

    The store is never changed. The index, which only derives from it, is brought back to its state with `mend`.
    """
    problems = [f"{name}: {count}" for name, count in care.check(store).items() if count]
    if store.trouble:
        problems.append(f"the search index cannot follow: {store.trouble}")
    mended = []
    if damaged := store.index.damaged():
        problems += [] if mend else [f"files of the search index are damaged: {', '.join(damaged)}"]
        if mend:
            indexing.rebuild(store)
            mended.append(f"the search index was damaged ({', '.join(damaged)}) and was built anew")
    if mend and (ranges := indexing.mend(store)):
        mended.append(
            f"the search index differed from the store in {len(ranges)} ranges of ids and follows it again"
        )
    problems += [
        f"comments {number * RANGE} and on: the store has {here.documents}, the search index {there.documents}"
        for number, (here, there) in indexing.divergence(store).items()
    ]
    comments = store.read().execute("select count(*) from comment").fetchall()[0][0]
    return {"healthy": not problems, "comments": comments, "problems": problems, "mended": mended}


@needs("feed")
def upkeep(store: Store, who: Who) -> Row:
    """Do the nightly care `tribune.toml` asks for; return what was done and what went wrong, each by its name."""
    wanted = load(store.config.home).upkeep
    home, done, failed = store.config.home, {}, {}
    for name, act in (
        ("index", lambda: {"ranges mended": len(indexing.mend(store))}),
        ("backup", lambda: _backup(store, who.name, home / "backups", wanted.keep_backups)),
        ("snapshot", lambda: care.snapshot(store, home / "snapshot.parquet") if wanted.snapshot else {}),
        (
            "retention",
            lambda: {"raws": care.forget_raw(store, who.name, wanted.raw_days)} if wanted.raw_days else {},
        ),
    ):
        try:
            done[name] = act()
        except Exception as error:
            # One that goes wrong, whatever it is, must not keep the others from being done.
            failed[name] = f"{error}"
    return {"done": done, "failed": failed}


def _backup(store: Store, who: str, folder: Path, keep: int) -> Row:
    for left in folder.glob("tribune-*.duckdb.unfinished*"):
        left.unlink()  # of a backup that was killed
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    made = care.backup(store, who, folder / f"tribune-{at}.duckdb")
    for old in sorted(folder.glob("tribune-*.duckdb"))[:-keep]:
        old.unlink()
    return made


def restore(config: Config, who: Who, file: Path) -> dict[str, int]:
    """Put a verified backup in the place of a store that nobody has open. Raises StoreBusy, StoreDamaged, Forbidden."""
    if "administer" not in who.permissions:
        raise Forbidden(f"{who.name} may not restore a backup.")
    with guarded(config.home):
        return care.restore(config, file)


@needs("administer")
def create_token(store: Store, who: Who, name: str, scopes: list[str]) -> str:
    """Make a token and return it, this once."""
    return access.create_token(store, who.name, name, scopes)


@needs("administer")
def tokens(store: Store, who: Who) -> list[Row]:
    """List tokens; never the token itself."""
    return access.tokens(store)


@needs("administer")
def revoke_token(store: Store, who: Who, name: str) -> None:
    """End a token at once."""
    access.revoke_token(store, who.name, name)


def _absolute(file: Path) -> Path:
    if not file.is_absolute():
        raise Invalid(f"{file} is not an absolute path; the app may run in another folder than you.")
    return file
