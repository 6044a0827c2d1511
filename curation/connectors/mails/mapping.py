"""Make a comment of a stored message. No I/O."""

from collections.abc import Set
from datetime import datetime

import orjson

from curation.connectors.mails import mail
from curation.errors import BadRecord
from curation.models import Comment, Raw


def comment(raw: Raw, own: Set[str]) -> Comment:
    """Read the message. `own`: the team's addresses, lower case. Raises BadRecord where there is nothing to read in it."""
    try:
        payload = orjson.loads(raw.payload)
        message = mail.read(
            payload["rfc822"].encode("latin-1"), datetime.fromisoformat(payload["internaldate"])
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadRecord(f"This cannot be read as a message: {type(error).__name__}: {error}"[:300]) from error
    if not (message.text or message.subject):
        raise BadRecord("The message has neither a text nor a subject.")
    attributes = {
        "to": message.to,
        "cc": message.cc,
        "answer_to": message.answer_to,
        "references": message.references,
        "folder": payload.get("folder"),
        "attachments": message.attachments,
        "automatic": message.automatic,
        "truncated": message.truncated or bool(payload.get("truncated")),
    }
    return Comment(
        key=raw.key,
        text=message.text or message.subject or "",
        title=message.subject,
        created_at=message.sent,
        author=message.name,
        author_key=message.address,
        thread=message.root or raw.key,
        reply_to=message.reply_to,
        role="automatic" if message.automatic else "team" if message.address in own else "customer",
        attributes={name: value for name, value in attributes.items() if value},
    )
