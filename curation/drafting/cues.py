"""The phrases the writing coach knows, in English and French. Texts are matched as `plain` leaves them; repeats are bounded."""

import re

_SHORT = {
    "~~": r"(?:[ ][\w'-]{1,20}){0,6}?",
    "~": r"(?:[ ][\w'-]{1,20}){0,3}?",
    "<DID>": r"(?:we|i)(?:'ve|'d| have| had| both| all)?(?: just| really| simply| clearly| never| also| since| completely)?",
    "<RONS>": "(?:e|(?<!t)i|[dvu]|r|tt)(?:rons|rai)",
    "<AI>": r"(?:nous (?:(?:vous|les?|la|en) |l')?(?:avons|avions)|j'(?:en )?(?:ai|avais)|je (?:t'|l'|(?:vous|te|les?|la|en) )(?:ai|avais)"
    r"|on (?:t'|l'|(?:vous|te|les?|la) )?(?:a|avait)|(?:nous nous|je me) (?:sommes|étions|suis|étais))"
    r"(?: (?:simplement|bien|mal|trop|tous|déjà|aussi|vraiment))?",
    "<NAI>": r"(?:nous|je|on) (?:n'|ne (?:(?:vous|te|les?|la) |l'|t'))(?:avons|avions|ai|avais|a|avait) (?:pas|rien|jamais)",
}
"""What a phrase may be shortened by: `~` up to three words between, `~~` up to six; who did, and who did not, in the first person."""


def phrases(block: str) -> re.Pattern[str]:
    """Compile phrases of whole words, separated by lines or ` / `, into one expression without regard to case."""
    parts = [part.strip() for part in re.split(r"\n| / ", block) if part.strip()]
    text = "|".join(parts)
    for short, whole in _SHORT.items():
        text = text.replace(f" {short}", whole) if short[0] == "~" else text.replace(short, whole)
    return re.compile(rf"(?<!\w)(?:{text})(?!\w)", re.IGNORECASE)


GREETING = {
    "en": phrases("hello / hi / hey / dear / good (?:morning|afternoon|evening|day) / greetings"),
    "fr": phrases(
        "bonjour / bonsoir / salut / coucou / ch[eè]re?s? / madame / monsieur / mesdames / messieurs"
    ),
}

PROMISE = {
    "en": phrases(r"""
(?:we|i|you|they|he|she|it|everything|someone|somebody)(?:'ll| will| are going to|'re going to| am going to|'m going to) \w{1,20}
(?:an?|the|our|your|my|this|each|every|everyone) ~~ (?:will|leaves|goes out|comes|gets?|reopens|is coming)
(?:we|i) (?:promise|guarantee|commit to) / (?:you have|take) my word / (?:is|are) on (?:its|their|the) way
(?:we're|we are|i'm|i am) (?:sending|refunding|replacing|fixing|printing|crediting|arranging|looking into|stopping|checking)
"""),
    "fr": phrases(r"""
(?:nous|je) (?:(?:vous|te|les?|la|en|y|lui|leur|ne) |l'|t'|n')?\w{0,20}<RONS> / j'(?:en )?\w{0,20}<RONS>
(?:vous|tu) (?:(?:les?|la|en|y|ne) |l'|n')?\w{1,20}(?:rez|ras) / tu l'auras
(?:nous (?:vous )?allons|je vais|on va|on vous|je viens de) \w{3,20}
(?:sera|seront|recevra|recevront|arrivera|appellera|viendra|passera|partira|reviendra|contactera|versera|rendront|téléphonera)
(?:nous|je) (?:vous |te )?(?:promets|promettons|garantis|garantissons) / nous nous engageons / je m'engage
vous avez ma parole / est en route / (?:part|rouvre|sort|revient|passe) (?:dès |ce |demain|aujourd'hui|lundi|mardi|mercredi|jeudi|vendredi)
"""),
}

NOT_PROMISED = {
    "en": phrases("(?:if|when|whether|hope|unless|in case) (?:we|i|you|they|it)"),
    "fr": phrases("si (?:nous|on|je|vous|tu) / j'espère / nous espérons"),
}
"""What makes a hope or a condition of it, right before."""

INVITE = {
    "en": phrases(r"""
(?:ring|call|tell|ask|write|reply|message|email) ~~ if / (?:reply|write|respond|call|ring|phone|contact|email|message|dm|text|reach|meet|show)(?: back)?(?: to)? (?:me|us|here)
(?:reply|respond|write|answer) (?:to|with|here) / write back / (?:let|tell) (?:me|us) / get (?:back|in touch) / come (?:by|and see) / drop (?:in|by)
(?:drop|send|leave) (?:me|us) / (?:ask for|speak to) me / shout(?= if) / (?:say|just say) (?:yes|so) / i'm listening / (?:hear|love to hear) (?:from|more)
if you ~~ (?:talk|speak|questions?|more|rather|wish|prefer|trouble|help|anything) / should you wish / any (?:questions?|trouble)
"""),
    "fr": phrases(r"""
(?:répondez|écrivez|appelez|contactez|rappelez|téléphonez|envoyez|dites|tenez|demandez|faites|signalez|joignez|donnez|passez)-(?:le-)?(?:moi|nous)
(?:réponds|écris|appelle|envoie|dis|donne|tiens)-(?:le-)?(?:moi|nous) / dis oui / dites oui / n'hésite[sz]? pas / répondez à / m'écrire / nous (?:écrire|joindre|contacter)
(?:envoyez|passez|revenez|venez) ~ (?:photo|ticket|message|voir|nous) / un (?:mot|message) ~ (?:suffit|là) / je (?:t'|vous )écoute
si (?:vous|tu) ~~ (?:parler|questions?|autre chose|préférez|préfères|souhaitez|aide|souci) / pour toute question / au moindre ~ (?:mot|souci)
(?:de|à) vous (?:lire|entendre|écouter) / merci de nous (?:dire|indiquer|répondre|envoyer)
"""),
}
"""What asks the customer to answer; a question does so besides."""

DONE = {
    "en": phrases(
        r"(?:has|have|'ve|is|are|been) ~ (?:refunded|replaced|sent|corrected|fixed|credited|posted|reopened|cancelled|booked)"
    ),
    "fr": phrases(
        r"(?:avons|ai|a|est|sont|été) ~ (?:remboursé|remplacé|envoyé|corrigé|crédité|transmis|annulé|réservé|parti)(?:e?s?)"
    ),
}
"""What was done already, so that nothing is left to say of what comes next."""

BLAME = {
    "en": phrases(r"""
(?:you|one) (?:should|could|ought to|must) (?:have|'ve|of)(?: simply| just)? (?:read|checked|told|contacted|called|known|noticed|asked|followed)
(?:you|one) should (?:have|'ve)(?: simply| just)? (?:used|informed|looked|waited|been more)
if you had(?:n't| not| only)?(?: simply| just)? \w{2,20} / had you (?:not |only )?\w{2,20}
(?:as|since|because) you (?:failed|did not|didn't|forgot|neglected|refused|never|ignored) / you (?:failed|neglected|forgot|refused) to
your (?:own )?(?:fault|mistake|error|failure|negligence|carelessness|misuse) / (?:mistake|confusion|error|misunderstanding) on your (?:side|part|end)
(?:you|you've|you have) (?:misunderstood|misread|misused|mishandled) / you (?:claim|allege|pretend) / as (?:already|previously|clearly) (?:stated|explained|mentioned)
(?:clearly|obviously),? you / calm down / chill(?: out)? / you were (?:quite |rather |very )?rude / you're the only one
"""),
    "fr": phrases(r"""
(?:vous auriez|tu aurais)(?: simplement)? (?:dû|pu) \w{2,20} / si (?:vous|tu) (?:nous |ne nous |n')?(?:aviez|avais) (?:pas |seulement |simplement |bien )?\w{2,20}
(?:comme|puisque|parce que) (?:vous|tu) (?:n'avez|n'as|avez oublié|as oublié|avez refusé|avez ignoré|ne nous avez)
(?:vous avez|tu as) (?:oublié|omis|négligé|refusé|ignoré|mal (?:compris|lu|utilisé|interprété|pris)) / (?:vous ayez|tu aies|l'ayez) mal (?:compris|lu|pris)
(?:votre|ta) (?:propre )?(?:faute|erreur|négligence|inattention) / (?:erreur|confusion|malentendu|incompréhension) de (?:votre|ta) part
(?:vous|tu) (?:prétendez|prétends) / (?:vous n'avez|tu n'as) pas été aimable / comme (?:déjà|clairement) (?:dit|indiqué|expliqué|précisé)
calmez-vous / calme-toi / du calme / (?:vous êtes|tu es) (?:le seul|la seule)
"""),
}
"""What puts it on the customer."""

FORMAL = {
    "tu": phrases(r"tu / te / toi / ton / ta / tes / t'\w+"),
    "vous": phrases("vous / votre / vos"),
}

ASKED = {
    "en": re.compile(
        r"(?:(?:and|so|but|also|then|please|hello|hi)[ ,]{1,2}){0,2}(?:when|where|why|how|what|which|who|can (?:you|i|we)|could (?:you|i|we)"
        r"|would you|will (?:you|i|it|my)|do (?:you|i)|does|did you|is (?:there|it|my)|are (?:you|there))\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"(?:(?:et|mais|donc|aussi|alors|sinon|bonjour|svp)[ ,]{1,2}){0,2}(?:quand|où|pourquoi|comment|combien|quel(?:le)?s?|qui|est-ce que"
        r"|qu'est-ce|pouvez-vous|pourriez-vous|puis-je|peut-on|avez-vous|allez-vous|y a-t-il|à quelle)\b",
        re.IGNORECASE,
    ),
}
"""How a question begins, where the mark is forgotten."""

YES_OR_NO = phrases("""
yes / no / of course / certainly / sure / unfortunately / we do / we don't / you can / it is / not yet
oui / non / bien sûr / certainement / malheureusement / tout à fait / pas encore / vous pouvez / hélas
""")
BECAUSE = phrases(r"""
because / since / due to / the reason / caused by / so that / as our / as we / which is why
parce qu[e']\w* / car / en raison d[eu']\w* / à cause d[eu']\w* / la raison / c'est pourquoi / puisque / faute de
""")
