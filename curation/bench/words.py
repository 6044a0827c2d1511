"""What invented comments are made of, in English and French. {p} product, {t} town, {n} number, {o} order."""

from itertools import product

LANGUAGES = ("en", "fr")

OPENINGS = (
    (
        "The delivery of my {p} came {n} days late",
        "I am very happy with the {p} I bought in {t}",
        "The {p} broke after {n} weeks",
        "Your shop in {t} charged me twice for the {p}",
        "Setting up the {p} took me {n} minutes",
        "The app crashes whenever I open the {p} page",
        "A kind colleague of yours in {t} repaired my {p}",
        "I asked for a refund of my {p} {n} weeks ago",
        "The {p} looks exactly like its picture",
        "I cancelled my subscription to {p} in {t}",
    ),
    (
        "La livraison de mon {p} est arrivée avec {n} jours de retard",
        "Je suis très contente du {p} acheté à {t}",
        "Le {p} est tombé en panne au bout de {n} semaines",
        "Votre boutique de {t} m'a facturé deux fois le {p}",
        "L'installation du {p} m'a pris {n} minutes",
        "L'application se ferme dès que j'ouvre la page du {p}",
        "Une collègue très aimable à {t} a réparé mon {p}",
        "J'ai demandé le remboursement de mon {p} il y a {n} semaines",
        "Le {p} ressemble tout à fait à sa photo",
        "J'ai résilié mon abonnement à {p} à {t}",
    ),
)
MIDDLES = (
    (
        "and nobody answered when I called about order {o}",
        "and the packaging was damaged on every side",
        "and I would recommend it to all my friends",
        "but the invoice for order {o} still shows the old address",
        "but the staff were patient and explained everything",
        "and the website gave me no way to track it",
        "while my neighbour in {t} got hers the next morning",
        "and the price went up again the week after",
        "but the battery lasts longer than I expected",
        "and the replacement for {o} was the wrong colour",
    ),
    (
        "et personne n'a répondu à mon appel pour la commande {o}",
        "et l'emballage était abîmé de tous les côtés",
        "et je le recommande à tous mes amis",
        "mais la facture de la commande {o} porte encore l'ancienne adresse",
        "mais le personnel a été patient et a tout expliqué",
        "et le site ne permet pas de suivre le colis",
        "alors que ma voisine à {t} a reçu le sien le lendemain",
        "et le prix a encore augmenté la semaine suivante",
        "mais la batterie tient plus longtemps que prévu",
        "et l'article de remplacement pour {o} n'avait pas la bonne couleur",
    ),
)
ENDINGS = (
    (
        "Please sort this out.",
        "Thank you all!",
        "Very disappointing.",
        "Five stars from me.",
        "It is fine, I suppose.",
        "I will not buy here again.",
        "Great service.",
        "What a waste of money.",
        "Could be better.",
        "Love it.",
    ),
    (
        "Merci de régler cela.",
        "Merci à toute l'équipe !",
        "Très décevant.",
        "Cinq étoiles pour moi.",
        "C'est correct, sans plus.",
        "Je n'achèterai plus ici.",
        "Service impeccable.",
        "De l'argent jeté.",
        "Peut mieux faire.",
        "Je l'adore.",
    ),
)
ANSWERS = (
    (
        "Thank you for writing. We look into order {o} today.",
        "We are sorry about your {p}. A new one leaves our shop in {t} tomorrow.",
        "Your refund for order {o} is on its way; it takes {n} days.",
        "Could you tell us the number on the back of the {p}?",
    ),
    (
        "Merci de votre message. Nous regardons la commande {o} aujourd'hui.",
        "Nous sommes désolés pour votre {p}. Un nouveau part demain de notre boutique de {t}.",
        "Le remboursement de la commande {o} est en route ; comptez {n} jours.",
        "Pourriez-vous nous donner le numéro inscrit au dos du {p} ?",
    ),
)
FURTHER = (
    (
        "Is there any news about order {o}?",
        "Nobody has called me yet, and it has been {n} days.",
        "Thank you, the {p} has arrived.",
        "I sent the photo of the {p} you asked for.",
    ),
    (
        "Y a-t-il du nouveau pour la commande {o} ?",
        "Personne ne m'a encore rappelée, et cela fait {n} jours.",
        "Merci, le {p} est bien arrivé.",
        "Je vous ai envoyé la photo du {p} que vous demandiez.",
    ),
)

TONES = (
    "negative",
    "positive",
    "negative",
    "positive",
    "neutral",
    "negative",
    "positive",
    "negative",
    "neutral",
    "positive",
)
"""The sentiment of each ending."""

TOPICS = (
    "delivery.late",
    "product.quality",
    "product.defect",
    "billing.charge",
    "digital.usability",
    "digital.bugs",
    "service.staff",
    "billing.refund",
    "product.quality",
    "account.cancellation",
)
"""The topic of each opening."""

SECOND_TOPICS = (
    "service.response",
    "delivery.damaged",
    "voice.praise",
    "billing.price",
    "service.information",
    "digital.speed",
    "place.waiting",
    "product.stock",
    "account.privacy",
    "product.returns",
)
"""What some comments are about as well."""

RARE_TOPIC, RARE_EVERY = "product.safety", 50_000

INTENTS = (
    "complaint",
    "praise",
    "complaint",
    "complaint",
    "question",
    "complaint",
    "praise",
    "request",
    "praise",
    "cancellation",
)
"""What a comment with each opening is for."""

SOURCES = ("survey",) * 10 + ("reviews",) * 4 + ("app-store",) * 2 + ("mail",) * 3 + ("forum",)
"""Twentieths of the comments."""

RATED = ("survey", "reviews", "app-store")

MEMBERS = ("ada", "bruno", "chloé", "farid", "grace", "inès", "jack", "léa")

FIRST_NAMES = (
    "Ada",
    "Bruno",
    "Chloé",
    "David",
    "Emma",
    "Farid",
    "Grace",
    "Hugo",
    "Inès",
    "Jack",
    "Karim",
    "Léa",
    "Mia",
)
SYLLABLES = (
    "ba",
    "co",
    "di",
    "fe",
    "ga",
    "ho",
    "ju",
    "ki",
    "lo",
    "ma",
    "ne",
    "pi",
    "ro",
    "sa",
    "tu",
    "vel",
    "zan",
)
NAMES = tuple("".join(parts).capitalize() for parts in product(SYLLABLES, repeat=3))
PRODUCTS, TOWNS = NAMES[:400], NAMES[400:4400]
