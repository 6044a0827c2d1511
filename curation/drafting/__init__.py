"""The coaches: what a reply still lacks, as codes with the words that show it. Plain rules, offline, English and French.

`prompting` is apart from them: what a model is told that suggests a reply.
"""

from curation.drafting.advice import Advice, Element
from curation.drafting.apologies import apology, score
from curation.drafting.coaching import coach
from curation.drafting.speech import report, words

__all__ = ["Advice", "Element", "apology", "coach", "report", "score", "words"]
