"""What the coaches' codes mean, in English and French: a sentence for what is met, and one for what is not."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from curation.drafting.advice import Advice, Element
from curation.drafting.apologies import score

Sentence = dict[str, str]

_MET: dict[str, Sentence] = {
    "length": {
        "en": "{size} of {longest} {unit}.",
        "fr": "{size} {unit} sur {longest}.",
    },
    "window": {"en": "The channel takes replies until {until}.", "fr": "Le canal accepte les réponses jusqu'au {until}."},
    "personal": {"en": "No personal data.", "fr": "Aucune donnée personnelle."},
    "language": {"en": "Written in the customer's language.", "fr": "Écrit dans la langue du client."},
    "shouting": {"en": "Nothing is shouted.", "fr": "Rien n'est crié."},
    "greeting": {"en": "It greets.", "fr": "La réponse salue."},
    "questions": {"en": "Every question is taken up ({asked}).", "fr": "Chaque question est reprise ({asked})."},
    "next_step": {"en": "It says what happens next.", "fr": "La réponse dit ce qui va suivre."},
    "promises": {"en": "Promises, each with a day: {promises}.", "fr": "Des promesses, chacune avec une date : {promises}."},
    "past_days": {"en": "No promised day is over.", "fr": "Aucune date promise n'est passée."},
    "ease": {"en": "Reads easily ({score} of 100).", "fr": "Se lit facilement ({score} sur 100)."},
    "sentences": {"en": "Sentences are short enough.", "fr": "Les phrases sont assez courtes."},
    "blame": {"en": "Nobody is blamed.", "fr": "Personne n'est mis en cause."},
    "avoid": {"en": "None of the words the team avoids.", "fr": "Aucun des mots que l'équipe évite."},
    "use": {"en": "It has words the team likes.", "fr": "On y trouve les mots que l'équipe aime."},
    "formality": {"en": "Addresses the customer as \"{said}\" throughout.", "fr": "S'adresse partout au client par « {said} »."},
    "regret": {"en": "It says sorry.", "fr": "Elle exprime un regret."},
    "happened": {"en": "It names what happened.", "fr": "Elle nomme ce qui s'est passé."},
    "empathy": {"en": "It sees how that was for the customer.", "fr": "Elle voit ce que le client a vécu."},
    "responsibility": {"en": "It takes responsibility.", "fr": "Elle assume la responsabilité."},
    "explanation": {"en": "It explains.", "fr": "Elle explique."},
    "repair": {"en": "It says what is repaired.", "fr": "Elle dit ce qui est réparé."},
    "when": {"en": "It says by when.", "fr": "Elle dit pour quand."},
    "repentance": {"en": "It says what will be different from now on.", "fr": "Elle dit ce qui changera désormais."},
    "forgiveness": {"en": "It asks for forgiveness.", "fr": "Elle demande pardon."},
    "reply": {"en": "It invites a reply.", "fr": "Elle invite à répondre."},
}  # fmt: skip
_LACKING: dict[str, Sentence] = {
    "length": {
        "en": "{size} {unit}, and the channel takes {longest}. Take out {over}.",
        "fr": "{size} {unit}, et le canal en accepte {longest}. Retirez-en {over}.",
    },
    "window": {
        "en": "The channel took replies until {until}. Answer another way.",
        "fr": "Le canal acceptait les réponses jusqu'au {until}. Répondez autrement.",
    },
    "personal": {
        "en": "Take this out, or send it privately: {kinds}.",
        "fr": "Retirez ceci, ou envoyez-le en privé : {kinds}.",
    },
    "links": {"en": "Links cannot be followed on this channel.", "fr": "Les liens ne s'ouvrent pas sur ce canal."},
    "placeholders": {
        "en": "Only holds a place: {words}. Write what belongs there.",
        "fr": "N'occupe qu'une place : {words}. Écrivez ce qui doit s'y trouver.",
    },
    "language": {
        "en": "The customer wrote in {comment}, and this is {reply}.",
        "fr": "Le client a écrit en {comment}, et ceci est en {reply}.",
    },
    "shouting": {"en": "Capitals and rows of marks read as shouting.", "fr": "Majuscules et signes répétés donnent l'impression de crier."},
    "greeting": {"en": "A greeting is missing.", "fr": "Il manque une salutation."},
    "questions": {"en": "Not taken up: {texts}", "fr": "Reste sans réponse : {texts}"},
    "next_step": {"en": "Say what happens next, or what the customer can do.", "fr": "Dites ce qui va suivre, ou ce que le client peut faire."},
    "promises": {"en": "Promised without a day: {open}. Say by when.", "fr": "Promis sans date : {open}. Dites pour quand."},
    "past_days": {"en": "A promised day is over already.", "fr": "Une date promise est déjà passée."},
    "ease": {
        "en": "Hard to read ({score} of 100; aim at 60). Shorter sentences and words help.",
        "fr": "Difficile à lire ({score} sur 100 ; visez 60). Des phrases et des mots plus courts aident.",
    },
    "sentences": {"en": "A sentence has {longest} words. Cut it in two.", "fr": "Une phrase compte {longest} mots. Coupez-la en deux."},
    "blame": {"en": "This puts it on the customer.", "fr": "Ceci rejette la faute sur le client."},
    "avoid": {"en": "The team avoids: {words}.", "fr": "L'équipe évite : {words}."},
    "use": {"en": "The team likes to say: {words}.", "fr": "L'équipe aime dire : {words}."},
    "formality": {"en": "\"tu\" and \"vous\" are mixed, or not as the team says it.", "fr": "Le tutoiement et le vouvoiement se mêlent, ou ne suivent pas l'usage de l'équipe."},
    "regret": {"en": "Say sorry, without \"if\" and \"but\".", "fr": "Dites que vous êtes désolés, sans « si » ni « mais »."},
    "happened": {"en": "Name what happened, in plain words.", "fr": "Nommez ce qui s'est passé, avec des mots simples."},
    "empathy": {"en": "Say what it was like for the customer.", "fr": "Dites ce que le client a vécu."},
    "responsibility": {
        "en": "Say that it was your fault: \"we\", no passive, no \"if\", no blame.",
        "fr": "Dites que c'est votre faute : « nous », pas de passif, pas de « si », pas de reproche.",
    },
    "explanation": {"en": "Explain how it came about, without excusing it.", "fr": "Expliquez comment c'est arrivé, sans l'excuser."},
    "repair": {"en": "Say what you repair.", "fr": "Dites ce que vous réparez."},
    "when": {"en": "Say by when.", "fr": "Dites pour quand."},
    "repentance": {"en": "Say what you change so that it does not happen again.", "fr": "Dites ce que vous changez pour que cela n'arrive plus."},
    "forgiveness": {"en": "You might ask for forgiveness.", "fr": "Vous pourriez demander pardon."},
    "reply": {"en": "Invite a reply.", "fr": "Invitez à répondre."},
}  # fmt: skip
_NAMES: dict[str, Sentence] = {
    "card": {"en": "a card's number", "fr": "un numéro de carte"},
    "iban": {"en": "an account's number", "fr": "un numéro de compte"},
    "mail": {"en": "a mail address", "fr": "une adresse mail"},
    "phone": {"en": "a phone number", "fr": "un numéro de téléphone"},
    "order": {"en": "an order or file number", "fr": "un numéro de commande ou de dossier"},
    "address": {"en": "a postal address", "fr": "une adresse postale"},
    "characters": {"en": "characters", "fr": "caractères"},
    "graphemes": {"en": "characters", "fr": "caractères"},
    "bytes": {"en": "bytes", "fr": "octets"},
}
_TONGUES: dict[str, Sentence] = {
    "en": {"en": "English", "fr": "anglais"},
    "fr": {"en": "French", "fr": "français"},
    "de": {"en": "German", "fr": "allemand"},
    "es": {"en": "Spanish", "fr": "espagnol"},
    "it": {"en": "Italian", "fr": "italien"},
    "pt": {"en": "Portuguese", "fr": "portugais"},
    "nl": {"en": "Dutch", "fr": "néerlandais"},
}
_SHOWN = 80


def report(advice: Sequence[Advice], elements: Sequence[Element], language: str) -> dict[str, Any]:
    """Return both coaches' findings as JSON: `advice` and `apology`, each with its `words`, and the apology's `score`, 0 to 1."""
    return {
        "advice": [asdict(one) | {"words": words(one, language)} for one in advice],
        "apology": [asdict(one) | {"words": words(one, language)} for one in elements],
        "score": round(score(elements), 3),
    }


def words(said: Advice | Element, language: str) -> str:
    """Return the sentence for one code, in English (`en`) or French (`fr`). An element with spoilers says so."""
    if isinstance(said, Element):
        spoilt = {"en": " These words spoil it.", "fr": " Ces mots l'affaiblissent."}
        return (_MET if said.met else _LACKING)[said.code][language] + (
            spoilt[language] if said.spoilers else ""
        )
    values = {name: _value(name, value, language) for name, value in said.values.items()}
    if said.code == "length":
        values["over"] = _number(said.values["size"] - said.values["longest"], language)
    if said.code == "promises":
        promised = said.values["promises"]
        values["open"] = _listed((one["text"] for one in promised if not one["term"]), language)
        values["promises"] = _listed((one["term"] for one in promised if one["term"]), language)
    return (_MET if said.met else _LACKING)[said.code][language].format(**values)


def _value(name: str, value: Any, language: str) -> str:
    if name == "until":
        until = datetime.fromisoformat(value)
        return f"{until:%d/%m/%Y %H:%M} UTC" if language == "fr" else f"{until:%Y-%m-%d %H:%M} UTC"
    if name in ("reply", "comment"):
        return str(_TONGUES.get(value, {}).get(language, value))
    if name == "kinds":
        return ", ".join(_NAMES[kind][language] for kind in dict.fromkeys(value))
    if isinstance(value, list) and name in ("words", "texts"):
        return _listed(value, language)
    if isinstance(value, int):
        return _number(value, language)
    return _NAMES.get(value, {}).get(language, value) if isinstance(value, str) else ""


def _listed(texts: Iterable[str], language: str) -> str:
    """Quote texts, each shortened, as the language does."""
    short = (text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…" for text in texts)
    return ", ".join(f"« {text} »" if language == "fr" else f'"{text}"' for text in short)


def _number(value: int, language: str) -> str:
    return f"{value:,}".replace(",", "\u202f") if language == "fr" else f"{value:,}"
