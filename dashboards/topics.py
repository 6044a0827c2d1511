"""The topics people choose from, named in their language, parents before their children."""

from functools import cache
from pathlib import Path

from curation.config import Config
from curation.errors import ConfigError
from curation.language.taxonomy import Taxonomy, load_taxonomy
from dashboards.speech import Speech


def topics(config: Config, say: Speech) -> dict[str, str]:
    """Return id and short name of every topic; none where the taxonomy cannot be read."""
    file = config.tagging.taxonomy
    path = (config.home / file) if file else None
    try:
        taxonomy = _read(path, path.stat().st_mtime_ns if path else 0)
    except (ConfigError, OSError):
        # Tagging reports what is wrong with the file; comments can be read and sorted without it.
        return {}
    return {topic.id: topic.name(say.language) for topic in taxonomy.topics}


@cache
def _read(path: Path | None, changed: int) -> Taxonomy:
    return load_taxonomy(path)


def full_name(id: str, names: dict[str, str]) -> str:
    """Name a topic with its parent: Delivery › Late."""
    parent, dot, child = id.partition(".")
    return f"{names.get(parent, parent)} › {names.get(id, child)}" if dot else names.get(id, id)
