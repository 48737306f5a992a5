"""What a search found: what the source is worth to the mixture, which coefficients moved, what each family weighs."""

import numpy as np

from sktransfer._base._findings import CANDIDATES, Shares, moves_between


def mean_worth(fitted, weights, n_rows):
    """Target rows that the source is worth to a mixture.

    A source worth m rows among n of the target's has the share m / (n + m) in what a fit knows; shares are averaged.

    Parameters
    ----------
    fitted : list of estimator
    weights : ndarray of shape (n_fitted,)
        They add up to 1.
    n_rows : float

    Returns
    -------
    float
        Infinite where every fit copies the source; NaN where one does not say what its source is worth.
    """
    worth = np.array([getattr(each, "effective_sample_size_", np.nan) for each in fitted])
    with np.errstate(invalid="ignore"):
        shares = np.where(np.isinf(worth), 1.0, worth / (n_rows + worth))
    copied = np.all(np.isinf(worth))
    share = float(weights @ shares)
    return np.inf if copied else n_rows * share / (1 - share)


def mean_moves(reference, fitted, weights, params):
    """Moves from the source's coefficients, aligned, to the weighted mean of the fits'; None without a source's.

    Parameters
    ----------
    reference : Reference
    fitted : list of fitted linear twins
    weights : ndarray of shape (n_fitted,)
    params : list of dict
        What was set on each; where it was another source, its own coefficients are none to compare with.

    Returns
    -------
    Moves or None
    """
    if reference.coef is None:
        return None
    order = np.argsort(-weights, kind="stable")
    own = [fitted[k].source_coef_ for k in order if "source" not in params[k]]
    source = np.atleast_2d(own[0] if own else reference.coef)
    parts = [np.atleast_2d(np.asarray(each.coef_, dtype=np.float64)) for each in fitted]
    alike = np.array([part.shape == source.shape for part in parts])
    if not alike.any():
        return None
    target = np.average([part for part, one in zip(parts, alike, strict=True) if one], axis=0, weights=weights[alike])
    like = next(fitted[k] for k in order if alike[k])
    return moves_between(like, source, target, spread=reference.spread)


def shares_by_family(table, weights):
    """The weight of each family of candidates."""
    names = tuple(dict.fromkeys(table["family"]))
    total = dict.fromkeys(names, 0.0)
    for name, weight in zip(table["family"], weights, strict=True):
        total[name] += float(weight)
    heaviest = table["family"][int(np.argmax(weights))]
    return Shares(CANDIDATES, names, np.array([list(total.values())]), chosen=tuple(name == heaviest for name in names))
