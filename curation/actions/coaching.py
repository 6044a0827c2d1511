"""Coach a draft before it leaves: what it lacks, and whether its apology is one. Nothing is kept, nothing leaves this machine."""

from datetime import UTC, datetime
from typing import Any

from curation import config
from curation.actions import needs
from curation.actions.answering import bounded, comment_of, rules_anyway
from curation.drafting import apology, coach, report
from curation.models import Who
from curation.store import Store


@needs("draft")
def coached(store: Store, who: Who, comment: int, text: str, language: str = "en") -> dict[str, Any]:
    """Say what a reply to a comment lacks, in sentences of `language` (en or fr); see `curation.drafting.report`.

    Raises NotFound; Invalid for a text that is too long.
    """
    bounded(text)
    to, row = comment_of(store, comment)
    rules = rules_anyway(store, to, row["source"])
    voice = config.load(store.config.home).voice
    advice = coach(text, to.text, row["language"], rules, voice, datetime.now(UTC), asked_at=to.created_at)
    return report(advice, apology(text), language)
