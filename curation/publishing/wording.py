"""What published pages say by themselves, in English and French."""

WORDS = {
    "en": {
        "anonymous": "Anonymous",
        "excerpt": "excerpt",
        "source": "Where it was said",
        "consent": "Published with the author’s consent",
        "quotation": "Quoted from a public post",
        "nothing": "There is nothing to read here at the moment.",
        "feeds": "Follow",
        "updated": "Updated {day}",
    },
    "fr": {
        "anonymous": "Anonyme",
        "excerpt": "extrait",
        "source": "Lire à la source",
        "consent": "Publié avec l’accord de l’auteur",
        "quotation": "Cité d’une publication publique",
        "nothing": "Il n’y a rien à lire ici pour le moment.",
        "feeds": "Suivre",
        "updated": "Mis à jour le {day}",
    },
}

LANGUAGES = tuple(WORDS)
