"""The words that make a comment urgent, for the reader; whether it is urgent the urgency head says."""

import re

_PHRASE = re.compile(
    r"\b(?:urgent\w*|emergency|immediately|asap|right now|as soon as possible|today|tonight|by (?:tonight|tomorrow|friday"
    r"|monday|noon)|deadline|last (?:dose|day|chance)|stranded|stuck|dangerous|unsafe|hospital|a&e|allerg\w+|insulin"
    r"|medication|smell gas|fire|burnt?|sparked|solicitor|lawyer|legal action|ombudsman|court|eviction|hacked|stolen"
    r"|fraud\w*|froze my account|block my card|d'urgence|urgence|immédiatement|tout de suite|au plus vite|dès que possible"
    r"|aujourd'hui|ce soir|demain|avant (?:ce soir|demain|vendredi)|dernier délai|danger\w*|coincée?s?|bloquée?s?|hôpital"
    r"|allergi\w+|insuline|médicament|odeur de gaz|feu|brûlée?s?|avocat|tribunal|médiateur|mise en demeure|expulsion"
    r"|piraté\w*|volée?s?|fraude|plainte)\b",
    re.IGNORECASE,
)


def urgent_phrase(text: str) -> str:
    """Return the first phrase that presses, as written, or ''."""
    found = _PHRASE.search(text[:20_000].replace("’", "'"))
    return found.group() if found else ""
