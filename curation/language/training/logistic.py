"""Fit logistic regression to probabilities instead of labels: what a teacher says can be learnt with its doubts."""

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from curation.language.heads import softmax
from curation.language.tokens import Floats, Ints

_ROUNDS = 60


def fit_soft(
    features: sparse.csr_matrix, targets: Floats, weights: Floats, sets: Ints, penalty: float = 1.0
) -> tuple[Floats, Floats]:
    """Return weights [F, K] and bias [K] for features [N, F] and the probabilities [N, K] of K labels.

    `weights` [N] say how much each text counts. `sets` [N] numbers what the texts are from: each set has its own bias,
    since each means something else by "neutral", and that of set 0 is returned.
    """
    labels, width = targets.shape[1], features.shape[1]
    weights = (weights / weights.mean()).astype(np.float32)[:, None]
    member = np.eye(int(sets.max()) + 1, dtype=np.float32)[sets]
    across, size = features.T.tocsr(), width * labels

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat[:size].reshape(-1, labels).astype(np.float32)
        bias = flat[size:].reshape(-1, labels).astype(np.float32)
        chances = softmax(features @ table + bias[sets])
        value = -float((weights * targets * np.log(np.maximum(chances, 1e-9))).sum(dtype=np.float64))
        value += 0.5 * penalty * float((table * table).sum(dtype=np.float64)) + 0.05 * float((bias**2).sum())
        slope = (chances - targets) * weights
        gradient = [(across @ slope + penalty * table).ravel(), (member.T @ slope + 0.1 * bias).ravel()]
        return value, np.concatenate(gradient).astype(np.float64)

    start = np.zeros(size + member.shape[1] * labels)
    options = {"maxiter": _ROUNDS, "maxcor": 6}
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found[:size].reshape(-1, labels).astype(np.float32), found[size : size + labels].astype(np.float32)
