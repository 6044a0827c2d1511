"""The model card: what the weights are made of, what they can do and where they are weak."""

from pathlib import Path

from rich.table import Table

from curation.language.training import data

_CARD = """# Model card: Tribune's shipped language weights

Made on {date} by `make train` (fixed seed); {size:.1f} MB. No download at run time, nothing leaves the machine.

## What they say
Language, sentiment with calibrated probabilities, topics of the shipped taxonomy, intent, urgency; and for each whether the
engine is too unsure to say.

## What they learnt from
| data | licence | used for |
|---|---|---|
| SemEval 2013–2016 tweets | CC BY 3.0 (annotations) | sentiment |
| GoEmotions (Google) | Apache-2.0 | sentiment (judged by the teacher), intent |
| NHS Friends and Family comments (pxtextmining) | MIT | topics, intent, urgency; their words, judged by the teacher |
| UCI Sentiment Labelled Sentences | CC BY 4.0 | words, judged by the teacher |
| XED subtitles (Helsinki-NLP) | CC BY 4.0 | languages, sentiment beyond English (weak) |
| AfriSenti, Portuguese | CC BY 4.0 | sentiment |
| Banking77, NLU++ (PolyAI) | CC BY 4.0 | topics, intent, urgency |
| CLINC150 | CC BY 3.0 | intent |
| MAMS | Apache-2.0 | topics |
| CFPB complaints | public domain | topics, intent, urgency |
| lingua's test sentences | Apache-2.0 | languages |
| {seeds} seed comments ({french} French) | Apache-2.0, written for Tribune | everything |
| all-MiniLM-L6-v2 | Apache-2.0 | the teacher, whose vectors of words are in the network, shortened |

## Figures
Measured by the same command. "Held out" was not trained on.

| measure | % |
|---|---|
{rows}

## Known weaknesses
* French sentiment stands on {french} seed comments, a lexicon and subtitles; there is no open set of French customer
  feedback.
* German, Spanish, Italian, Portuguese and Dutch: languages are told apart well; sentiment in them is weak.
* Urgency has no public data at all; it follows the seed comments and signs in other sets.
* Irony is often missed, and a fact told without feeling may be taken for an opinion.
* Rare topics of the shipped taxonomy are found by their phrases alone.
"""


def card(figures: dict[str, float], weights: Path, date: str) -> str:
    """Return the model card as Markdown."""
    seeds = data.seeds()
    return _CARD.format(
        date=date,
        size=sum(path.stat().st_size for path in weights.glob("*.npz")) / 1e6,
        seeds=len(seeds),
        french=sum(seed["lang"] == "fr" for seed in seeds),
        rows="\n".join(f"| {name} | {value * 100:.1f} |" for name, value in figures.items()),
    )


def table(figures: dict[str, float]) -> Table:
    """Return the same figures for a terminal."""
    made = Table("measure", "%", title="Shipped weights", title_justify="left", box=None)
    for name, value in figures.items():
        made.add_row(name, f"{value * 100:.1f}")
    return made
