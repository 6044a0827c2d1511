"""What a letter to a member says, in English and French: what needs them, in plain text, with a way to each. No I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Any

Row = Mapping[str, Any]

LONGEST = 200
"""Characters of what was said that a letter quotes."""

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "mention": "{by} mentions you in a note.",
        "review": "{by} asks you to review a reply.",
        "changes": "Changes to your reply are asked for.",
        "approved": "Your reply is approved. Send it.",
        "failed": "Your reply could not be sent.",
        "unknown": "Nobody knows whether your reply arrived. It is being looked for.",
        "claim": "Your claim on this conversation ends soon.",
        "assigned": "A conversation is assigned to you.",
        "one": "Tribune: one thing needs you",
        "many": "Tribune: {count} things need you",
        "greeting": "Hello,\n\nThis needs you in Tribune:",
        "quoted": "“{text}”",
        "foot": "You asked Tribune for this letter. To change that, open “Needs you” at the top of {address}/",
    },
    "fr": {
        "mention": "{by} vous mentionne dans une note.",
        "review": "{by} vous demande de relire une réponse.",
        "changes": "Des modifications de votre réponse sont demandées.",
        "approved": "Votre réponse est approuvée : vous pouvez l’envoyer.",
        "failed": "Votre réponse n’a pas pu être envoyée.",
        "unknown": "On ne sait pas si votre réponse est arrivée ; elle est recherchée.",
        "claim": "Votre prise en charge de cette conversation prend bientôt fin.",
        "assigned": "Une conversation vous est attribuée.",
        "one": "Tribune : une chose vous attend",
        "many": "Tribune : {count} choses vous attendent",
        "greeting": "Bonjour,\n\nVoici ce qui vous attend dans Tribune :",
        "quoted": "« {text} »",
        "foot": "Vous avez demandé ce courriel à Tribune. Pour changer cela, ouvrez « À faire » en haut de {address}/",
    },
}  # fmt: skip


def written(notices: Sequence[Row], language: str, address: str, sender: str, to: str) -> EmailMessage:
    """Write the letter that tells of `notices`; `address` is where the dashboard is opened.

    It says that a machine wrote it (RFC 3834), so that no other machine answers.
    """
    words = _WORDS[language]
    letter = EmailMessage(SMTP)
    letter["From"] = Address("Tribune", addr_spec=sender)
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = words["one" if len(notices) == 1 else "many"].format(count=len(notices))
    letter["Date"] = datetime.now(UTC)
    letter["Message-ID"] = make_msgid("tribune", domain=sender.partition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"
    paragraphs = [_paragraph(one, words, address) for one in notices]
    foot = words["foot"].format(address=address)
    body = "\n\n".join([words["greeting"], *paragraphs, f"-- \n{foot}"])
    letter.set_content(f"{body}\n", cte="quoted-printable")
    return letter


def _paragraph(one: Row, words: Mapping[str, str], address: str) -> str:
    said = words[one["kind"]].format(by=shown(one["by"] or "?"))
    quoted = words["quoted"].format(text=shown(one["text"]))
    return f"{said}\n{quoted}\n{address}/?comment={one['comment']}"


def shown(text: str) -> str:
    """Return the beginning of a text on one line, with what nobody sees, or what turns text around, as [U+202E]."""
    line = " ".join(text.split())
    cut = "".join(one if one.isprintable() else f"[U+{ord(one):04X}]" for one in line[:LONGEST])
    return cut if len(line) <= LONGEST else f"{cut}…"
