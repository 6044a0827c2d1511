"""Texts of others on Streamlit's pages: one line, not too long, with what nobody sees made visible."""

JOINERS = "\u200c\u200d"
"""They belong into words and emoji."""


def plain(text: str, longest: int = 80) -> str:
    """Return `text` on one line; unseen characters, and those that turn text around, as [U+202E]."""
    words = " ".join(text[: 4 * longest].split())
    shown = "".join(
        one if one.isprintable() or one.isspace() or one in JOINERS else f"[U+{ord(one):04X}]"
        for one in words[:longest]
    )
    return shown if len(words) <= longest and len(text) <= 4 * longest else f"{shown}…"


def lines(text: str, longest: int = 5_000) -> str:
    """Return `text` with its lines, each as `plain` has it."""
    return "\n".join(plain(line, longest) for line in text.splitlines())
