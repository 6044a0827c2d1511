"""Suggest answers: the team's own past ones, found on this machine; and, where one is configured and asked, a model's."""

import os
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from curation import config
from curation.actions import needs
from curation.actions.answering import comment_of, rules_anyway
from curation.config import ReplyModel
from curation.drafting import prompting
from curation.errors import ConfigError, Invalid, TryAgain
from curation.language.chat import Answer, Chat, Endpoint
from curation.language.masking import mask
from curation.models import Who
from curation.store import Store, comments, members, suggestions

Row = dict[str, Any]

KEY = "TRIBUNE_REPLIES_KEY"
EXAMPLES = 3
TOKENS = 2_000
"""What one answer may cost; some models think aloud first."""
AT_ONCE = 4
"""So many wait for a model; a slow one must not take every thread that answers requests."""

_lock = Lock()
_waiting: set[str] = set()
"""Who waits for a model: each once."""


@needs("draft")
def suggested(store: Store, who: Who, comment: int) -> list[Row]:
    """Suggest up to five answers from the team's own; see `store.suggestions.suggest`."""
    return suggestions.suggest(store, comment)


@needs("draft")
def written(store: Store, who: Who, comment: int) -> Row:
    """Have the configured model write an answer, shown the comment and the team's best answers to similar ones, both masked.

    Return `suggested` (true), `text`, `model` (its name), `comments` whose answers it was shown, `at`, and what it took:
    `tokens_in`, `tokens_out`. Who asked is noted before anything leaves; nothing of the store is held while it thinks. Raises
    NotFound; Invalid where the comment was deleted; ConfigError where no model is configured; Refused; TryAgain, also where it says nothing that can be an answer.
    """
    to, row = comment_of(store, comment)
    if row["deleted_at"] is not None:
        raise Invalid("This comment was deleted on its channel. It is not shown to a model.")
    settings = config.load(store.config.home)
    model = settings.replies.model
    if not model.url:
        raise ConfigError(
            f"No model is configured that suggests answers. Set url and model under [replies.model] in {settings.file}."
        )
    alike = suggestions.suggest(store, comment, EXAMPLES)
    names = [one["author"] for one in (row, *comments.some(store, [one["comment"] for one in alike]))]
    colleagues = members.spoken(store)
    made = prompting.messages(
        mask("\n\n".join(filter(None, (to.title, to.text))), names, colleagues),
        row["language"],
        settings.voice,
        rules_anyway(store, to, row["source"]),
        [(mask(one["asked"], names, colleagues), mask(one["text"], names, colleagues)) for one in alike],
    )
    shown = [one["comment"] for one in alike]
    said = _ask(store, who, comment, model, made, shown)
    text = prompting.plain(said.text)
    if not text:
        raise TryAgain(
            f"What {model.model} said is no answer. Ask again; where that goes on, check [replies.model] url and model.",
            1,
        )
    return {
        "suggested": True,
        "text": text,
        "model": model.model,
        "comments": shown,
        "at": datetime.now(UTC),
        "tokens_in": said.tokens_in,
        "tokens_out": said.tokens_out,
    }


def _ask(
    store: Store, who: Who, comment: int, model: ReplyModel, made: list[dict[str, str]], shown: list[int]
) -> Answer:
    endpoint = Endpoint(
        url=model.url,
        model=model.model,
        key=os.environ.get(KEY, "").strip(),
        seconds=model.seconds,
        section="replies.model",
        variable=KEY,
        later="Ask again in a moment, or write without it.",
        attempts=2,
    )
    with _lock:
        if who.name in _waiting:
            raise TryAgain(f"You are waiting for {model.model} already. Ask again when it has answered.", 5)
        if len(_waiting) >= AT_ONCE:
            raise TryAgain(
                f"{AT_ONCE} others are waiting for {model.model}. Ask again in a moment, or write without it.",
                5,
            )
        _waiting.add(who.name)
    try:
        with Chat(endpoint) as chat:
            suggestions.asking(store, who.name, comment, chat.server, model.model, shown)
            return chat.ask(made, TOKENS)
    finally:
        with _lock:
            _waiting.discard(who.name)
