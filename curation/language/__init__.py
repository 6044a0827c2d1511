"""Tag comments by language, sentiment and topic.

`load` is the one way in. It imports spaCy; importing this package does not, nor does `taxonomy`, so a page or
a command that does not tag never pays for it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from curation.config import Tagging
from curation.language.taxonomy import Taxonomy
from curation.models import Tag

LONGEST = 20_000
"""Characters of a comment that are read; the rest of a longer one is kept and shown, not tagged."""


class Tagger(Protocol):
    """Tags batches of texts. `version` changes whenever the same text may get other tags."""

    version: str
    taxonomy: Taxonomy

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text; `languages` is what the channel declares of each, None where it says nothing."""


def load(config: Tagging, home: Path) -> Tagger:
    """Build the tagger (about a second, most of it spaCy). A relative taxonomy is looked for under `home`.

    Raises ConfigError for a language that cannot be told apart and for a taxonomy that is not valid.
    """
    from curation.language.tagger import RuleTagger

    return RuleTagger(config, home)
