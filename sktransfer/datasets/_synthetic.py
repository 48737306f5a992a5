"""Three generators of transfer problems whose true parameters are known.

All three read alike: draw the parameters, then rows X ~ N(0, I), then y given the linear predictor. They
differ in the last step only, `respond`: a function (predictor of shape (n, R), random_state) -> y (n,).
"""

from functools import partial

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sktransfer.datasets._checks import check_choice, check_count, check_number
from sktransfer.datasets._parameters import draw_parameters, make_plan
from sktransfer.datasets._responses import RESPONSES, classes, gaussian


def make_transfer_regression(
    n_source=1000,
    n_target=50,
    n_features=20,
    *,
    n_informative=None,
    n_changed=None,
    shift=0.3,
    intercept_shift=0.0,
    signal=1.0,
    noise=1.0,
    n_sources=1,
    random_state=None,
):
    """Make a linear regression problem with a large source and a small, related target.

    ``y = X @ coef + intercept + noise * N(0, 1)`` with ``X ~ N(0, I)``, where
    ``coef_target = coef_source + Delta`` and ``norm(Delta) = shift * norm(coef_target)``.

    Parameters
    ----------
    n_source : int, default=1000
        Rows of each source.
    n_target : int, default=50
        Rows of the target.
    n_features : int, default=20
    n_informative : int or None, default=None
        How many coefficients are not zero (None: all), in the target and in every source.
    n_changed : int or None, default=None
        How many of them Delta changes (None: all the informative): a small number makes Delta sparse.
    shift : float or sequence of n_sources floats, default=0.3
        Norm of Delta relative to the norm of ``coef_target``. At 0 the slopes are equal; at 1 the source is
        as far away as zero is.
    intercept_shift : float or sequence of n_sources floats, default=0.0
        ``intercept_target - intercept_source``. The target's intercept is 0.
    signal : float, default=1.0
        Norm of ``coef_target``: the standard deviation of the target's linear predictor.
    noise : float, default=1.0
        Standard deviation of the noise, in source and target.
    n_sources : int, default=1
        With more than one, the four names ending in ``_source`` are lists, one entry for each source.
    random_state : int, RandomState instance or None, default=None
        The target drawn does not depend on the sources' number, size or shift.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        X_source : ndarray of shape (n_source, n_features), or list of these
        y_source : ndarray of shape (n_source,), or list of these
        X_target : ndarray of shape (n_target, n_features)
        y_target : ndarray of shape (n_target,)
        coef_source : ndarray of shape (n_features,), or list of these
        coef_target : ndarray of shape (n_features,)
        intercept_source : float, or list of these
        intercept_target : float

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range.

    See Also
    --------
    sklearn.datasets.make_regression : One problem without a source.

    Examples
    --------
    >>> import numpy as np
    >>> from sktransfer.datasets import make_transfer_regression
    >>> problem = make_transfer_regression(shift=0.2, random_state=0)
    >>> problem.X_source.shape, problem.X_target.shape
    ((1000, 20), (50, 20))
    >>> delta = problem.coef_target - problem.coef_source
    >>> round(float(np.linalg.norm(delta) / np.linalg.norm(problem.coef_target)), 6)
    0.2
    """
    plan = make_plan(
        n_source, n_target, n_features, n_informative, n_changed, shift, intercept_shift, signal, n_sources
    )
    respond = partial(gaussian, noise=check_number("noise", noise, low=0.0))
    return _make(plan, 1, respond, random_state)


def make_transfer_classification(
    n_source=1000,
    n_target=50,
    n_features=20,
    *,
    n_classes=2,
    n_informative=None,
    n_changed=None,
    shift=0.3,
    intercept_shift=0.0,
    signal=2.0,
    n_sources=1,
    random_state=None,
):
    """Make a logistic classification problem with a large source and a small, related target.

    ``P(y | x)`` is the logistic function of ``x @ coef + intercept`` for two classes, its softmax for more,
    with ``X ~ N(0, I)``, ``coef_target = coef_source + Delta`` and
    ``norm(Delta) = shift * norm(coef_target)``.

    Parameters
    ----------
    n_source : int, default=1000
        Rows of each source.
    n_target : int, default=50
        Rows of the target. Labels are drawn: in a small sample a class may be missing.
    n_features : int, default=20
    n_classes : int, default=2
        Labels are ``0, ..., n_classes - 1``.
    n_informative : int or None, default=None
        How many features have coefficients that are not zero (None: all), in the target and in every source.
    n_changed : int or None, default=None
        How many of them Delta changes (None: all the informative): a small number makes Delta sparse.
    shift : float or sequence of n_sources floats, default=0.3
        (Frobenius) norm of Delta relative to that of ``coef_target``. At 0 the slopes are equal; at 1 the
        source is as far away as zero is.
    intercept_shift : float or sequence of n_sources floats, default=0.0
        ``intercept_target - intercept_source`` of the last class, relative to the others. The target's
        intercepts are 0.
    signal : float, default=2.0
        (Frobenius) norm of ``coef_target``; for two classes the standard deviation of the target's log-odds.
    n_sources : int, default=1
        With more than one, the four names ending in ``_source`` are lists, one entry for each source.
    random_state : int, RandomState instance or None, default=None
        The target drawn does not depend on the sources' number, size or shift.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        X_source : ndarray of shape (n_source, n_features), or list of these
        y_source : ndarray of shape (n_source,), int, or list of these
        X_target : ndarray of shape (n_target, n_features)
        y_target : ndarray of shape (n_target,), int
        coef_source : ndarray, or list of these
            Of shape (n_features,), for the second class, if there are two classes; of shape
            (n_classes, n_features), centred over classes, if there are more.
        coef_target : ndarray of the same shape
        intercept_source : float (two classes) or ndarray of shape (n_classes,), or list of these
        intercept_target : float or ndarray of shape (n_classes,)

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range.

    See Also
    --------
    sklearn.datasets.make_classification : One problem without a source (and without true coefficients).

    Examples
    --------
    >>> from sktransfer.datasets import make_transfer_classification
    >>> problem = make_transfer_classification(n_classes=3, n_features=5, random_state=0)
    >>> problem.coef_target.shape, problem.intercept_target.shape
    ((3, 5), (3,))
    """
    plan = make_plan(
        n_source, n_target, n_features, n_informative, n_changed, shift, intercept_shift, signal, n_sources
    )
    n_classes = check_count("n_classes", n_classes, low=2)
    return _make(plan, 1 if n_classes == 2 else n_classes, classes, random_state)


def make_transfer_glm(
    n_source=1000,
    n_target=50,
    n_features=20,
    *,
    family="poisson",
    dispersion=1.0,
    n_informative=None,
    n_changed=None,
    shift=0.3,
    intercept_shift=0.0,
    signal=0.5,
    n_sources=1,
    random_state=None,
):
    """Make counts or positive amounts, log-linear in X, with a large source and a small, related target.

    ``E[y | x] = exp(x @ coef + intercept)`` with ``X ~ N(0, I)``, ``coef_target = coef_source + Delta`` and
    ``norm(Delta) = shift * norm(coef_target)``.

    Parameters
    ----------
    n_source : int, default=1000
        Rows of each source.
    n_target : int, default=50
        Rows of the target.
    n_features : int, default=20
    family : {"poisson", "gamma", "tweedie"}, default="poisson"
        Distribution of y given its mean mu. "tweedie" is the compound Poisson-gamma of power 1.5: exact zeros
        and positive amounts.
    dispersion : float, default=1.0
        phi in ``Var[y | x] = phi * mu ** power``, power 2 for "gamma", 1.5 for "tweedie". A Poisson count has
        phi = 1 and takes no other.
    n_informative : int or None, default=None
        How many coefficients are not zero (None: all), in the target and in every source.
    n_changed : int or None, default=None
        How many of them Delta changes (None: all the informative): a small number makes Delta sparse.
    shift : float or sequence of n_sources floats, default=0.3
        Norm of Delta relative to the norm of ``coef_target``. At 0 the slopes are equal; at 1 the source is
        as far away as zero is.
    intercept_shift : float or sequence of n_sources floats, default=0.0
        ``intercept_target - intercept_source``: the logarithm of the factor between the levels. The target's
        intercept is 0.
    signal : float, default=0.5
        Norm of ``coef_target``: the standard deviation of the target's log-mean.
    n_sources : int, default=1
        With more than one, the four names ending in ``_source`` are lists, one entry for each source.
    random_state : int, RandomState instance or None, default=None
        The target drawn does not depend on the sources' number, size or shift.

    Returns
    -------
    bunch : :class:`~sklearn.utils.Bunch`
        X_source : ndarray of shape (n_source, n_features), or list of these
        y_source : ndarray of shape (n_source,), or list of these
        X_target : ndarray of shape (n_target, n_features)
        y_target : ndarray of shape (n_target,)
            Whole numbers (as float64) for "poisson", positive for "gamma", not negative for "tweedie".
        coef_source : ndarray of shape (n_features,), or list of these
        coef_target : ndarray of shape (n_features,)
        intercept_source : float, or list of these
        intercept_target : float

    Raises
    ------
    TypeError, ValueError
        If an option is of the wrong type or out of range.

    References
    ----------
    .. [1] Jorgensen, B. (1987). Exponential dispersion models. Journal of the Royal Statistical Society B,
       49(2), 127-162. (The compound Poisson-gamma distribution.)

    Examples
    --------
    >>> from sktransfer.datasets import make_transfer_glm
    >>> problem = make_transfer_glm(family="gamma", n_sources=2, shift=[0.1, 2.0], random_state=0)
    >>> len(problem.X_source), problem.X_source[0].shape
    (2, (1000, 20))
    >>> bool(problem.y_target.min() > 0)
    True
    """
    plan = make_plan(
        n_source, n_target, n_features, n_informative, n_changed, shift, intercept_shift, signal, n_sources
    )
    check_choice("family", family, RESPONSES)
    phi = check_number("dispersion", dispersion, low=0.0, strict=True)
    if family == "poisson" and phi != 1.0:
        raise ValueError(
            f'dispersion must be 1.0 for family="poisson", got {dispersion}; '
            'leave it out, or take family="tweedie" for counts of amounts.'
        )
    return _make(plan, 1, partial(RESPONSES[family], dispersion=phi), random_state)


def _make(plan, n_rows, respond, random_state):
    """Draw parameters, then the target's rows, then each source's, from streams of their own."""
    parameters_rng, target_rng, *source_rngs = _streams(2 + plan.n_sources, random_state)
    target, sources = draw_parameters(plan, n_rows, parameters_rng)
    X_target, y_target = _rows(plan.n_target, target, respond, target_rng)
    drawn = [_rows(plan.n_source, source, respond, rng) for source, rng in zip(sources, source_rngs, strict=True)]
    coef_target, intercept_target = target.flat()
    return Bunch(
        X_source=_one_or_list([X for X, _ in drawn]),
        y_source=_one_or_list([y for _, y in drawn]),
        X_target=X_target,
        y_target=y_target,
        coef_source=_one_or_list([source.flat()[0] for source in sources]),
        coef_target=coef_target,
        intercept_source=_one_or_list([source.flat()[1] for source in sources]),
        intercept_target=intercept_target,
    )


def _streams(count, random_state):
    """`count` RandomStates that do not disturb each other; the first ones do not depend on `count`."""
    seeds = check_random_state(random_state).randint(np.iinfo(np.int32).max, size=count)
    return [np.random.RandomState(seed) for seed in seeds]


def _rows(n_samples, linear, respond, random_state):
    """X ~ N(0, I) of shape (n_samples, p), and y given X."""
    X = random_state.standard_normal((n_samples, linear.coef.shape[1]))
    return X, respond(linear.predictor(X), random_state)


def _one_or_list(per_source):
    """What one source has, bare; what several have, as a list."""
    return per_source[0] if len(per_source) == 1 else per_source
