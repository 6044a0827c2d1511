"""Find what the customer asked, and whether the reply takes it up: by the words they share, or by what that kind of question needs.

Not understanding: a reply that shares no word with a question, and answers it all the same, is asked about once too often.
"""

import re
from datetime import date

from curation.drafting.advice import Span, plain
from curation.drafting.cues import ASKED, BECAUSE, YES_OR_NO
from curation.drafting.dates import terms
from curation.drafting.reading import WORD, folded, sentences

_MOST = 20
_READ = 20_000
_STEM = 5
_KINDS = {
    "when": re.compile(
        r"\b(?:when|how (?:long|soon)|what (?:time|day|date)|quand|combien de temps|à quelle heure|quel jour|quelle date)\b"
    ),
    "much": re.compile(r"\b(?:how (?:much|many)|combien|quel (?:prix|montant|tarif)|what price)\b"),
    "why": re.compile(r"\b(?:why|how come|pourquoi)\b"),
    "where": re.compile(r"\b(?:where|où)\b"),
}
_PLACE = re.compile(
    r"\b(?:at|in|on|to|under|near|chez|à|au|aux|dans|sur|sous|près)\s+\w|https?://|www\.", re.IGNORECASE
)
_SAME = {
    stem: group
    for group, stems in enumerate(
        (
            "refun reimb money credi compe rembo avoir argen indem dedom",
            "deliv arriv parce packa shipp sent recei couri livra livre colis envoy exped recev parti",
            "repla excha spare rempl echan neuve neuf",
            "cance annul resil stop",
            "fixed repai mend bug corre repar fonct marche panne works worki",
            "open openi hours close closi ouver ouvre ferme horai",
            "price costs cost charg invoi bill prix factu cout tarif coute",
            "call phone ring numbe appel telep joind conta reach speak parle",
            "accou login passw compt conne motdp",
            "stock avail dispo rayon",
        )
    )
    for stem in stems.split()
}
_WORDS = """
about after again also been before being could does doing from have having here into just like many more most much need only
other over please really same should some still such than that their them then there these they this those very want well were what
when where which while will with would your yours know think tell going make made time alors apres aussi autre avant avec avez avoir
bien cela cette ceux chez comme comment dans depuis deux elle encore etait etes faire fait faut leur mais meme moins parce peut plus
pour pourquoi pouvez quand quel quelle quoi sans sera sont sous suis tout toute tous tres votre vous vraiment voulez savoir quelqu
donc puis
"""
_EMPTY = frozenset(_WORDS.split())


def questions(comment: str) -> list[Span]:
    """Return where the customer asks something, at most twenty; a question that only exclaims ("Really?") is left out."""
    text = plain(comment[:_READ])
    return [
        (begin, end)
        for begin, end in sentences(text)
        if (text[begin:end].rstrip("\"'»”)").endswith("?") or _begins(text, begin, end))
        and len(WORD.findall(text, begin, end)) > 1
        and (_content(text[begin:end]) or _kind(text[begin:end]))
    ][:_MOST]


def open_questions(comment: str, reply: str, language: str, today: date) -> list[Span]:
    """Return the customer's questions which `reply` (`plain`, in `language`) does not take up, as places in the comment."""
    text, said = plain(comment[:_READ]), _content(reply)
    dated = bool(terms(reply, language, today))
    return [
        (begin, end)
        for begin, end in questions(comment)
        if not _taken_up(text[begin:end], reply, said, dated)
    ]


def _taken_up(question: str, reply: str, said: set[object], dated: bool) -> bool:
    kind, asked = _kind(question), _content(question)
    if kind == "when":
        return dated
    if kind == "much":
        return any(map(str.isdigit, reply)) or bool(asked & said)
    if kind == "why":
        return bool(BECAUSE.search(reply)) or len(asked & said) > 1
    if kind == "where" and not asked & said:
        return bool(_PLACE.search(reply))
    return bool(asked & said) or (kind is None and bool(YES_OR_NO.search(reply)))


def _begins(text: str, begin: int, end: int) -> bool:
    """Tell whether a sentence of some words begins as a question does."""
    return any(cue.match(text, begin, end) for cue in ASKED.values()) and not text[begin:end].endswith("!")


def _kind(question: str) -> str | None:
    return next((kind for kind, cue in _KINDS.items() if cue.search(question.lower())), None)


def _content(text: str) -> set[object]:
    """Return what the words are about: their first letters, or the number of a group of words that mean the same."""
    bare = (folded(word) for word in WORD.findall(text))
    stems = (word[:_STEM] for word in bare if len(word) > 3 and word not in _EMPTY)
    return {_SAME.get(stem, stem) for stem in stems}
