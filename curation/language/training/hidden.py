"""Fit a layer of hidden units between hashed features and labels: what several of them say together.

With many labels that share their words (the intents of one trade), hidden units are worth more than a machine a label.
Units that learn side by side in several small nets, and are averaged, err less than one large net.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from curation.language.heads import softmax
from curation.language.tokens import Floats, Ints

_NETS, _UNITS = 3, 64
_AT_A_TIME = 64
_PASSES = (3, 10)
"""Least and most times every text is learnt from."""
_MOST_STEPS = 6_000
"""Steps above which texts are learnt from less often."""
_STEP, _MEAN, _SQUARE = 5e-3, 0.9, 0.999
_DROPPED = 0.3


def fit_hidden(
    features: sparse.csr_matrix, targets: npt.NDArray[np.int64], width: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return weights [H, F] and bias [H] of hidden units, and what they say of K labels [H + 1, K], its last line a bias.

    `targets` [N] number the labels. A hidden unit counts where it is above zero.
    """
    nets = [_net(features, targets, width, seed * _NETS + number) for number in range(_NETS)]
    weights, bias, out, last = (np.concatenate(parts) for parts in zip(*nets, strict=True))
    lines: Floats = np.concatenate([out, last.reshape(_NETS, -1).sum(axis=0, keepdims=True)])
    return weights, bias, lines / np.float32(_NETS)


def _net(
    features: sparse.csr_matrix, targets: npt.NDArray[np.int64], width: int, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return one net's weights [H, F], bias [H], out [H, K] and last bias [K] (Adam, Kingma & Ba 2015; dropout)."""
    chance = np.random.default_rng(seed)
    rows, columns = features.shape
    wide = np.sqrt(2 / (columns + _UNITS)), np.sqrt(2 / (_UNITS + width))
    arrays: list[Floats] = [
        chance.standard_normal((columns, _UNITS), np.float32) * np.float32(wide[0]),
        np.zeros(_UNITS, np.float32),
        chance.standard_normal((_UNITS, width), np.float32) * np.float32(wide[1]),
        np.zeros(width, np.float32),
    ]
    # What no text has is never moved: what it began with is chance, and must say nothing of later texts.
    arrays[0][np.bincount(features.indices, minlength=columns) == 0] = 0
    means, squares = [np.zeros_like(one) for one in arrays], [np.zeros_like(one) for one in arrays]
    least, most = _PASSES
    passes = max(least, min(most, _MOST_STEPS * _AT_A_TIME // rows))
    steps, step = passes * -(-rows // _AT_A_TIME), 0
    for _ in range(passes):
        order = chance.permutation(rows)
        for first in range(0, rows, _AT_A_TIME):
            step += 1
            chosen = order[first : first + _AT_A_TIME]
            texts, seen = _compact(features[chosen])
            weights, bias, out, last = arrays
            kept = (chance.random((len(chosen), _UNITS), np.float32) >= _DROPPED) / np.float32(1 - _DROPPED)
            hidden = np.maximum(texts @ weights[seen] + bias, 0) * kept
            error = softmax(hidden @ out + last)
            error[np.arange(len(chosen)), targets[chosen]] -= 1
            error /= len(chosen)
            back = (error @ out.T) * kept * (hidden > 0)
            slopes = [texts.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
            rate = _STEP * (1 - (step - 1) / steps) * np.sqrt(1 - _SQUARE**step) / (1 - _MEAN**step)
            for number, slope in enumerate(slopes):
                # Only the features of these texts are moved: the others are many.
                here: Ints | slice = seen if number == 0 else slice(None)
                mean = means[number][here] * np.float32(_MEAN) + slope * np.float32(1 - _MEAN)
                square = squares[number][here] * np.float32(_SQUARE) + slope**2 * np.float32(1 - _SQUARE)
                means[number][here], squares[number][here] = mean, square
                arrays[number][here] -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))
    weights, bias, out, last = arrays
    return np.ascontiguousarray(weights.T), bias, out, last


def _compact(texts: sparse.csr_matrix) -> tuple[sparse.csr_matrix, Ints]:
    """Leave out the columns that no text has; return which are left."""
    seen, places = np.unique(texts.indices, return_inverse=True)
    return sparse.csr_matrix((texts.data, places, texts.indptr), (texts.shape[0], len(seen))), seen
