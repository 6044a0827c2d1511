"""What people talk about that no topic covers yet: clusters of comments, named by their own words.

Words and pairs of words, without those of feeling and of every sentence, are weighed (TF-IDF), brought down to a hundred
dimensions (latent semantic analysis, Deerwester et al., 1990) and clustered; a cluster is a theme where some words are
far more frequent in it than elsewhere. Those words are its name, and the phrases of a topic made of it.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from curation.language.lexicon import valences
from curation.language.tokens import Ints

FEWEST = 5
"""Comments that make a theme."""
_MOST_TEXTS = 20_000
_DIMENSIONS = 100
_PER_CLUSTER = 25
_MOST_CLUSTERS = 60
_SHARE = 0.12
_LIFT = 4.0
_CORE = 0.35
"""Of a theme's cluster, so many have its most frequent word: below that, it is what was left over."""
_WORDS = 6
_FELT = 1.0
_LONGEST = 2_000
_LETTERS = r"(?u)\b[^\W\d_][^\W\d_]{2,}\b"
_VAGUE = """
    lot right probably getting far found thought works hard absolutely totally worth ain aren couldn didn doesn don hadn hasn haven isn shouldn wasn weren wouldn having able ago also always
    anything away back came come day days day's don ever every feel felt get gets give given goes going got
    gave just know like long look made make many may month months much need never new nothing one other
    people really said see seen since something still sure take taken thing things think time times today
    told took use used using want was way week weeks well went will would year years yesterday ailleurs
    alors ans année années après aussi autre avant avoir bonjour bonsoir chose choses comme depuis dire dit
    encore euros fait faire fois heure heures hier jamais jour jours journée matin minutes mois moment peu
    personne petit plus pourtant prend prendre quand quelque quelques rien semaine semaines soir temps
    toujours tous tout très trop vais venir vers veut vient voir vraiment
"""
"""Frequent words that name no theme."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: `members` (places of texts, the most typical first), and the `words` that tell it, weightiest first.

    `phrases`: the same as a taxonomy writes them, for the `language` of the texts.
    """

    language: str
    words: tuple[str, ...]
    phrases: tuple[str, ...]
    members: tuple[int, ...]

    @property
    def name(self) -> str:
        """Name it by its own words."""
        shown: list[str] = []
        for word in self.words:
            if not any(set(word.split()) & set(other.split()) for other in shown):
                shown.append(word)
        name = ", ".join(shown[:3])
        return name[:1].upper() + name[1:]


def themes(texts: Sequence[str], languages: Sequence[str]) -> list[Theme]:
    """Find themes among texts in each language by itself, the largest first."""
    by_language: dict[str, list[int]] = defaultdict(list)
    for place, language in enumerate(languages):
        by_language[language].append(place)
    found = [
        theme
        for language, places in by_language.items()
        if len(places) >= 2 * FEWEST
        for theme in _of_language(texts, places[:_MOST_TEXTS], language)
    ]
    return sorted(found, key=lambda one: (-len(one.members), one.words))


def _of_language(texts: Sequence[str], places: list[int], language: str) -> list[Theme]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    weigher = TfidfVectorizer(
        token_pattern=_LETTERS,
        stop_words=_common(language),
        ngram_range=(1, 2),
        min_df=max(2, len(places) // 2_000),
        max_df=0.4,
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        weighed = weigher.fit_transform(_plain(texts[place]) for place in places)
    except ValueError:  # no word is left
        return []
    said = weighed.getnnz(axis=1) > 0
    if said.sum() < 2 * FEWEST:
        return []
    weighed, kept = weighed[said], np.array(places)[said]
    width = min(_DIMENSIONS, min(weighed.shape) - 1)
    if width < 2:
        return []
    near = normalize(TruncatedSVD(width, random_state=0).fit_transform(weighed))
    count = min(_MOST_CLUSTERS, max(2, len(kept) // _PER_CLUSTER))
    clusters = KMeans(count, n_init=3, random_state=0).fit(near)
    terms = weigher.get_feature_names_out()
    present = (weighed > 0).astype(np.float32).tocsr()
    everywhere = np.asarray(present.sum(axis=0)).ravel() / len(places)
    found: list[tuple[Ints, Ints]] = []
    for number in range(count):
        inside = clusters.labels_ == number
        if inside.sum() < FEWEST - 1:
            continue
        share = np.asarray(present[inside].mean(axis=0)).ravel()
        telling = np.flatnonzero((share >= _SHARE) & (share >= _LIFT * everywhere))
        weight = share[telling] * np.log(share[telling] / everywhere[telling])
        # Of words that tell as much, the longer one says more.
        lengths = np.array([len(terms[one]) for one in telling])
        telling = telling[np.lexsort((-lengths, -weight.round(3)))][:_WORDS]
        if not len(telling) or share[telling].max() < _CORE:
            continue
        telling = telling[share[telling] >= share[telling].max() / 2]
        # Whoever says these words belongs to it, whatever cluster the rest of the text put it into.
        members = np.flatnonzero(np.asarray(present[:, telling].sum(axis=1)).ravel() > 0)
        typical = near[members] @ clusters.cluster_centers_[number]
        found.append((telling, members[np.argsort(-typical, kind="stable")]))
    made: list[Theme] = []
    taken = np.zeros(len(kept), bool)
    for telling, members in sorted(found, key=lambda one: -len(one[1])):
        # Two clusters of the same words are one theme.
        if len(members) < FEWEST or taken[members].mean() > 0.5:
            continue
        taken[members] = True
        words = tuple(str(terms[one]) for one in telling)
        made.append(Theme(language, words, _phrases(words), tuple(int(kept[one]) for one in members)))
    return made


def _plain(text: str) -> str:
    return re.sub(r"https?://\S+|www\.\S+|@\w+", " ", text[:_LONGEST]).casefold()


def _phrases(words: Sequence[str]) -> tuple[str, ...]:
    """Write words as phrases: a pair may have other words between, and what a pair says no single word repeats."""
    paired = {part for word in words if " " in word for part in word.split()}
    return tuple(word.replace(" ", " ... ") for word in words if " " in word or word not in paired)


def _common(language: str) -> list[str]:
    """Return the words that say nothing of a theme: those of every sentence, and those of feeling."""
    import importlib

    try:
        found: set[str] = importlib.import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS
    except ImportError:
        found = set()
    felt = {word for word, valence in valences().items() if abs(valence) >= _FELT}
    return sorted(
        {
            part
            for word in found | felt | set(_VAGUE.split())
            for part in re.findall(_LETTERS, word.casefold())
        }
    )
