"""Tell which column of a table holds what: by its name in English or French, then by its values."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from curation.connectors.tables import dates
from curation.errors import ConfigError
from curation.models import Role

_NAMES = {
    "text": "text, comment text, review text, feedback text, comment, comments, review, feedback, verbatim, "
    "verbatims, body, review body, message, content, tweet, full text, narrative, answer, response, reply text, "
    "free text, sentence, utterance, opinion, testimonial, description, texte, commentaire, commentaires, avis, "
    "contenu, reponse, remarque, remarques, temoignage, texte libre, comments and suggestions, selftext, "
    "what could we do better",
    "id": "id, uuid, guid, key, comment id, commentid, review id, reviewid, feedback id, answer id, message id, "
    "post id, tweet id, complaint id, response id, responseid, submission id, id commentaire, id avis, "
    "id reponse, identifiant, external id, record id, reference, ref, numero, ticket id, case id, ticket number, "
    "case number, numero de ticket",
    "created_at": "created at, created, created on, creation date, created date, date created, createdutc, "
    "created utc, timestamp, datetime, date time, date, comment date, review date, feedback date, response date, "
    "answer date, submitted at, submitted, submission date, submit date, date submitted, recorded date, "
    "posted at, posted, post date, date posted, published at, published, publish date, publication date, "
    "received at, received, date received, received date, sent at, date sent, time, at, end date, start date, "
    "complaint date, survey date, horodateur, horodatage, date et heure, date de creation, cree le, "
    "date de publication, publie le, date de reception, recu le, soumis le, date de soumission, date avis, "
    "date de l avis, date du commentaire, date reponse, date de reponse, le, jour",
    "author_key": "author key, author id, authorid, user id, userid, customer id, client id, respondent id, "
    "member id, reviewer id, contact id, id client, id auteur, id utilisateur, id repondant, author email, email, "
    "e mail, user email, customer email, courriel, adresse mail",
    "author": "author, author name, user, user name, username, screen name, display name, handle, reviewer, "
    "reviewer name, customer, customer name, respondent, name, full name, nickname, from, sender, posted by, "
    "created by, submitted by, auteur, nom, nom complet, pseudo, utilisateur, client, nom client, expediteur",
    "title": "title, review title, subject, headline, summary, titre, titre de l avis, objet, sujet, intitule",
    "rating": "rating, star rating, stars, review rating, overall rating, overall, score, note, nps, nps score, "
    "csat, satisfaction, grade, etoiles, nombre d etoiles, note globale, evaluation, note sur 5, note sur 10",
    "language": "language, lang, language code, locale, user language, langue, code langue",
    "url": "url, link, permalink, href, uri, review url, comment url, web link, lien, adresse web",
    "reply_to": "reply to, in reply to, in reply to id, reply to id, parent id, parentid, parent, "
    "parent comment id, in reply to status id, en reponse a, reponse a, id parent",
    "thread": "thread, thread id, threadid, conversation, conversation id, discussion, discussion id, topic id, "
    "ticket id, ticket number, case id, case number, ticket, id conversation, fil, fil de discussion, "
    "numero de ticket",
    "role": "role, written by, author role, author type, sender type, user type, direction, ecrit par, type d auteur",
}
FIELDS = tuple(_NAMES)
"""What a column can hold, in the order in which columns are given away."""

_RANK = {field: {name: i for i, name in enumerate(names.split(", "))} for field, names in _NAMES.items()}
_LOOSE = {
    "text": re.compile(
        r"\b(comments?|commentaires?|feedback|reviews?|avis|verbatims?|narrative|free text|texte libre|text|"
        r"texte|message|tweet|answer|reponse|remarques?|testimonial|temoignage)\b"
    ),
    "created_at": re.compile(
        r"\b(date|datetime|timestamp|created|submitted|posted|published|received|horodatage|horodateur)\b"
    ),
    "rating": re.compile(r"\b(rating|stars|etoiles|nps|csat|note globale)\b"),
    "url": re.compile(r"\b(url|permalink)\b"),
    "language": re.compile(r"\b(language|langue)\b"),
}
_NOT_LOOSELY = {
    "text": re.compile(
        r"\b(id|date|time|type|kind|categor\w*|sentiment|label|score|rating|language|langue|lang|by|author|"
        r"auteur|status|statut|url|length|count|number|nombre|topic|theme|question|public|tags?|titre|title|note)\b"
    ),
    "created_at": re.compile(
        r"\b(birth|born|naissance|updated?|modified|modif\w*|due|closed|resolved|sent to|visit|stay|sejour|"
        r"edited|deleted|expir\w*|id|format)\b"
    ),
    "rating": re.compile(r"\b(count|number|id|date|comment|text|reason)\b"),
    "url": re.compile(r"\b(image|photo|avatar|picture|logo)\b"),
    "language": re.compile(r"\b(id|score)\b"),
}
_LANGUAGES = {
    "english eng anglais": "en", "french fra fre francais": "fr", "german deu ger deutsch allemand": "de",
    "spanish spa espanol espagnol": "es", "italian ita italiano italien": "it",
    "portuguese por portugues portugais": "pt", "dutch nld dut nederlands neerlandais": "nl",
}  # fmt: skip
_ROLES: dict[Role, str] = {
    "customer": "customer client user visitor contact lead end incoming inbound in utilisateur visiteur",
    "team": "team agent staff admin support operator employee outgoing outbound out equipe conseiller",
    "automatic": "automatic auto bot system machine automatique robot systeme",
}  # fmt: skip
_ROLE_WORDS = {word: role for role, words in _ROLES.items() for word in words.split()}
_LANGUAGE_NAMES = {name: code for names, code in _LANGUAGES.items() for name in names.split()}
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_RATED = re.compile(
    r"([-+]?\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|(?:out of|sur)\s+\d+|\*|★|stars?|[eé]toiles?)?", re.I
)


class Found(NamedTuple):
    """The column that holds a field (None: no column does), and why."""

    column: str | None
    why: str


class NoSuchColumn(ConfigError):
    """A setting names a column that the table does not have."""


def by_names(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, Found]:
    """Give columns to fields by the settings `chosen` (field to column; "" for none), then by name alone."""
    return _give(columns, chosen, None)


def recognise(
    columns: Sequence[str], chosen: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Found]:
    """Do as `by_names`, but believe a name only if the values of `rows` fit; then look for text and date by value.

    Raises NoSuchColumn when a chosen column is not there, naming those that are.
    """
    for field, name in chosen.items():
        if name and find(name, columns) is None:
            listed = ", ".join(columns)
            raise NoSuchColumn(f"there is no column {name!r} for {field}. The columns are: {listed}")
    values = {column: [as_text(row.get(column)) for row in rows] for column in columns}
    found = _give(columns, chosen, values)
    if found["created_at"].column is None and "created_at" not in chosen:
        _date_by_value(found, values)
    if found["text"].column is None and "text" not in chosen:
        _text_by_value(found, values)
    if "id" in chosen and (doubt := _doubt("id", values.get(found["id"].column or "", []))):
        found["id"] = Found(
            found["id"].column, f"as the settings say, but {doubt}: rows with one id are one comment"
        )
    if found["created_at"].column is None:
        found["created_at"] = Found(None, f"{found['created_at'].why}: the file's own date is taken")
    return found


def find(name: str, columns: Sequence[str]) -> str | None:
    """Return the column called `name`, else the only one that differs from it in case, accents or signs alone."""
    if name in columns:
        return name
    alike = [column for column in columns if plain(column) == plain(name)]
    return alike[0] if len(alike) == 1 else None


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """'createdAt', 'Created_At' and 'Créé at' without case, accents and signs: words with single spaces."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    letters = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def known(name: str) -> bool:
    """Tell whether a cell reads like a column's name: one of those known for some field."""
    return len(name) <= 100 and any(plain(name) in rank for rank in _RANK.values())


def as_text(value: Any) -> str:
    """A cell as text: None is empty, 5.0 is '5', lists and objects are as Python shows them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def as_language(value: str) -> str | None:
    """ISO 639-1 of 'fr', 'fr-CA', 'fra', 'French' or 'français'; None if it is none of these."""
    if len(value) > 40:
        return None
    name = plain(value)
    if name in _LANGUAGE_NAMES:
        return _LANGUAGE_NAMES[name]
    code = name.partition(" ")[0]
    return code if len(code) == 2 and code.isalpha() and len(name) <= 10 else None


def as_role(value: str) -> Role | None:
    """Who speaks, in 'Customer', 'agent', 'end-user', 'bot' or 'outbound'; None if it is none of these."""
    return _ROLE_WORDS.get(plain(value).partition(" ")[0]) if len(value) <= 40 else None


def as_rating(value: str) -> float | None:
    """The number in '4', '4,5', '4/5', '4 stars' or '★★★★☆'; None if it is none of these."""
    if match := _RATED.fullmatch(value.strip()):
        return float(match[1].replace(",", "."))
    if value and not value.strip("★☆ "):
        return float(value.count("★"))
    return None


def _give(
    columns: Sequence[str], chosen: Mapping[str, str], values: Mapping[str, list[str]] | None
) -> dict[str, Found]:
    found: dict[str, Found] = {}
    taken = set()
    for field, name in chosen.items():
        column = find(name, columns) if name else None
        found[field] = Found(column, "as the settings say")
        taken.add(column)
    for field in (field for field in FIELDS if field not in chosen):
        found[field] = Found(None, "no column is called like it")
        for column in _candidates(field, columns):
            doubt = "" if values is None else _doubt(field, values[column])
            if column not in taken and not doubt:
                found[field] = Found(column, "by its name")
                taken.add(column)
                break
            if column not in taken:
                found[field] = Found(None, f"{column!r} is called like it, but {doubt}")
    return {field: found[field] for field in FIELDS}


def _candidates(field: str, columns: Sequence[str]) -> list[str]:
    ranked = []
    loose, never, rank = _LOOSE.get(field), _NOT_LOOSELY.get(field), _RANK[field]
    for place, column in enumerate(columns):
        name = plain(column)
        if name in rank:
            ranked.append((rank[name], place, column))
        elif loose and loose.search(name) and not (never and never.search(name)):
            ranked.append((1000, place, column))
    return [column for _, _, column in sorted(ranked)]


def _doubt(field: str, values: list[str]) -> str:
    """Say why these values cannot be the field's, or nothing."""
    some = [value for value in (value.strip() for value in values) if value]
    if not values:
        return ""
    if not some:
        return "it is empty" if field in ("text", "created_at", "id") else ""
    if field == "text" and not _share(some, lambda v: any(c.isalpha() for c in v)) > 0.5:
        return "it holds no words"
    if field == "id" and (len(some) < len(values) or len(set(some)) < len(some)):
        return "its values are missing or repeat"
    if field == "created_at" and _share(some, _dated) < 0.5:
        return f"its values are not dates ({some[0][:40]!r})"
    if field == "rating" and _share(some, lambda v: as_rating(v) is not None) < 0.5:
        return "its values are not numbers"
    if field == "language" and _share(some, lambda v: as_language(v) is not None) < 0.5:
        return "its values are not languages"
    if field == "role" and _share(some, lambda v: as_role(v) is not None) < 0.5:
        return "its values do not say who speaks"
    if field == "url" and _share(some, lambda v: v.startswith(("http://", "https://", "www."))) < 0.5:
        return "its values are not addresses"
    return ""


def _dated(value: str) -> bool:
    try:
        return len(value) <= dates.LONGEST and dates.quick(value, day_first=True) is not None
    except ValueError:
        return False


def _share(values: Sequence[str], test: Any) -> float:
    return sum(1 for value in values if test(value)) / len(values)


def _date_by_value(found: dict[str, Found], values: Mapping[str, list[str]]) -> None:
    taken = {column for column, _ in found.values()}
    for column, cells in values.items():
        some = [cell for cell in cells if cell]
        never = _NOT_LOOSELY["created_at"].search(plain(column))
        if column in taken or never or len(some) < 0.9 * len(cells) or not some:
            continue
        if _share(some, dates.looks_like) >= 0.9:
            found["created_at"] = Found(column, "its values are dates")
            return


def _text_by_value(found: dict[str, Found], values: Mapping[str, list[str]]) -> None:
    taken = {found[field].column for field in ("id", "created_at", "url", "rating", "language", "role")}
    best: str | None = None
    most = 0.0
    for column, cells in values.items():
        if column in taken or not cells or _share(cells, lambda v: any(c.isalpha() for c in v)) < 0.2:
            continue
        words = sum(len(cell.split()) for cell in cells) / len(cells)
        weight = words * len(set(cells)) / len(cells)
        if weight > most:
            best, most = column, weight
    if best is None or (most < 1 and len(values) > 1):
        return
    for field, (held, _) in found.items():
        if held == best:
            found[field] = Found(None, f"{best!r} is needed as the text")
    found["text"] = Found(best, "its values read like what people write")
