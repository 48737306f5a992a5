"""What is known of a linear source model: coefficients, intercept, and how sure it was of them."""

from sktransfer.sources import _check
from sktransfer.sources._content import SLOTS, fill, key
from sktransfer.sources._immutable import Immutable

ONE_VS_REST = ("margin", "score", "sign")


class Source(Immutable):
    """What is known of a linear source: immutable, compared by content.

    A source is a hyper-parameter: it stands in ``source=`` and in grids. It copies what it is given, hands
    out read-only arrays, and ``sklearn.clone`` and ``copy.deepcopy`` return it as it is.

    Parameters
    ----------
    coef : array-like of shape (n_features,) or (K, n_features)
        Slopes, in scikit-learn's shapes: K outputs or classes; for two classes one row, the second class's
        (two rows for two classes are turned into one, their difference).
    intercept : float or array-like of shape (1,) or (K,), default=0.0
    precision : array-like of shape (d, d) or None, default=None
        Symmetric positive semidefinite, ``d = K * n_features + K``, over [coef, row by row; then intercepts],
        on the scale of a plain weighted sum of losses (squared loss is ``r ** 2 / 2``).
    classes : array-like of shape (n_classes,) or None, default=None
        Labels in the order of the rows of ``coef``; None for a regressor.
    feature_names : sequence of str or None, default=None
    n_samples : float or None, default=None
        Rows, or sum of weights, that the source has seen.
    name : str or None, default=None
    units : array-like of shape (2, n_features) or None, default=None
        What each feature was shifted by, and divided by, where the source's own penalty acted: the mean and scale of
        its StandardScaler. ``metric="source"`` measures changes in them.
    link : {None, "identity", "logit", "log", "margin", "score", "sign"}, default=None
        None is unknown, and "logit" where ``classes`` are given. "margin" is a support vector machine's scale: one
        where a row is just safe. "sign" is that of least squares of -1 and 1, as RidgeClassifier does it: twice the
        probability, less one. "score" is a scale of its own, as a perceptron's. Rows of three or more classes are
        one-vs-rest in these three.

    Attributes
    ----------
    coef, intercept, precision, classes, feature_names, n_samples, name, link, units
        As above, read-only. ``intercept`` is of shape () where ``coef`` is of shape (n_features,), else (K,);
        ``feature_names`` is a tuple or None. After :meth:`align` the units of a feature that the source lacks are 0.
    n_features, n_outputs : int
        Columns and rows of ``coef``.
    alignment : Alignment or None
        What :meth:`align` added and dropped; None before.
    one_vs_rest : bool
        Whether every row of ``coef`` is one class against the rest, as the link says.
    is_null : bool
        Whether this stands for no source at all (what ``source=None`` is aligned to).
    statistics : MomentStatistics, CurvatureStatistics or None
        The source's rows as weighted sums, where it was made by :meth:`SourceData.summarize` or
        :meth:`from_statistics`: what :class:`~sktransfer.joint.AlphaWeightedRegressor` takes in the place of rows, and
        what ``+`` and ``-`` of two sources add and take away. None after :meth:`align`.
    members : tuple of Source or None
        The aligned sources of which this is the mean (a list in ``source=``), until their factors are fitted.

    Raises
    ------
    ValueError
        Where shapes do not fit each other, numbers are not finite, the precision is not symmetric positive
        semidefinite, or labels or names are repeated.

    See Also
    --------
    sktransfer.sources.SourceData : A source's rows.

    Examples
    --------
    >>> from sktransfer.sources import Source
    >>> source = Source([1.0, -2.0], 0.5, feature_names=["age", "dose"])
    >>> source.align(n_features=2, feature_names=["dose", "sex"]).coef
    array([[-2.,  0.]])
    """

    __slots__ = SLOTS

    def __init__(
        self,
        coef,
        intercept=0.0,
        *,
        precision=None,
        classes=None,
        feature_names=None,
        n_samples=None,
        name=None,
        link=None,
        units=None,
    ):
        coef = _check.check_coef(coef)
        intercept = _check.check_intercept(intercept, coef)
        precision = _check.check_precision(precision, coef)
        classes, coef, intercept, precision = _check.check_classes(classes, coef, intercept, precision)
        fill(
            self,
            coef=coef,
            intercept=intercept,
            precision=precision,
            classes=classes,
            feature_names=_check.check_names(feature_names, coef.shape[-1]),
            n_samples=_check.check_n_samples(n_samples),
            name=_check.check_name(name),
            link=_check.check_link("logit" if link is None and classes is not None else link),
            units=_check.check_units(units, coef.shape[-1]),
        )

    @classmethod
    def from_estimator(cls, est, X=None, y=None, sample_weight=None, *, name=None, feature_names=None):
        """Read a fitted linear estimator, pipeline of linear steps, or a wrapper of one; it is not changed.

        Parameters
        ----------
        est : fitted estimator
            A linear scikit-learn or sktransfer model, a Pipeline of linear steps that ends in one (folded
            into coefficients on the raw features), a FrozenEstimator, or a fitted search.
        X : array-like of shape (n_samples, n_features) or None, default=None
            The raw rows the source was fitted on: with them the source holds its precision, the Fisher
            information at its parameters plus the curvature of its own penalty.
        y : array-like of shape (n_samples,) or None, default=None
            Read only where the estimator has a ``class_weight``.
        sample_weight : array-like of shape (n_samples,) or None, default=None
        name : str or None, default=None
        feature_names : sequence of str or None, default=None
            In place of the names that the estimator was fitted with, if any. For the last step of a Pipeline that
            does not fold (encoders) it is ``pipeline[:-1].get_feature_names_out()``.

        Returns
        -------
        Source

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        TypeError
            If it is not one that can be read; the message lists what can.
        ValueError
            If a step of a pipeline cannot be folded, or X does not fit the estimator.

        References
        ----------
        Spiegelhalter, D. J. and Lauritzen, S. L. (1990). Sequential updating of conditional probabilities on
        directed graphical structures. Networks 20 (the Laplace approximation as the next problem's prior).

        Examples
        --------
        >>> from sklearn.linear_model import Ridge
        >>> from sktransfer.sources import Source
        >>> Source.from_estimator(Ridge(alpha=1.0).fit([[-1.0], [1.0]], [-3.0, 3.0])).coef
        array([2.])
        """
        from sktransfer.sources._extract import read_estimator

        source = read_estimator(est, X, y, sample_weight, name=name)
        if feature_names is None:
            return source
        fields = {slot: getattr(source, slot) for slot in SLOTS}
        return make_source(**(fields | {"feature_names": _check.check_names(feature_names, source.n_features)}))

    @classmethod
    def from_statistics(cls, gram, xty, x_sum, y_sum, y_sq, n_samples, *, alpha=0.0, feature_names=None, name=None):
        """Least squares, or ridge, from sums alone: no row need leave the place where it was observed.

        Parameters
        ----------
        gram : array-like of shape (p, p)
            ``X.T @ diag(w) @ X``, not centred.
        xty : array-like of shape (p,) or (K, p)
            ``y.T @ diag(w) @ X``.
        x_sum : array-like of shape (p,)
            ``w @ X``.
        y_sum, y_sq : float or array-like of shape (K,)
            ``w @ y`` and ``w @ y ** 2``.
        n_samples : float
            Total weight.
        alpha : float, default=0.0
            Ridge's penalty, on its own scale: sum of squares + ``alpha * ||coef||^2``.
        feature_names : sequence of str or None, default=None
        name : str or None, default=None

        Returns
        -------
        Source
            The minimum-norm solution where it is not unique; its precision is
            ``[[gram + alpha I, x_sum], [x_sum', n_samples]]`` for each output. Its ``statistics`` are the moments; of
            several outputs the residuals count as uncorrelated, and rows as ``n_samples``, rounded.

        Raises
        ------
        ValueError
            If sizes do not fit, or no data can have these sums.

        Examples
        --------
        >>> import numpy as np
        >>> from sktransfer.sources import Source
        >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
        >>> source = Source.from_statistics(X.T @ X, X.T @ y, X.sum(0), y.sum(), y @ y, len(y))
        >>> source.coef.round(12), source.intercept.round(12)
        (array([2.]), np.float64(1.0))
        """
        from sktransfer.sources._from_sums import statistics_from_sums
        from sktransfer.sources._statistics import fit_statistics

        fitted = fit_statistics(gram, xty, x_sum, y_sum, y_sq, n_samples, alpha)
        source = cls(**fitted, feature_names=feature_names, name=name, link="identity")
        return changed(source, statistics=statistics_from_sums(gram, xty, x_sum, y_sum, y_sq, n_samples, alpha))

    def align(self, *, n_features, feature_names=None, classes=None, n_outputs=None):
        """The same knowledge in a target's layout.

        Features are matched by name where both sides have names: one the source lacks gets a zero, one the
        target lacks is dropped; else the widths must be equal. Classes are matched by label: a binary source
        is
        -theta/2 and +theta/2 for three or more classes, and a source with three or more is first centred over
        its classes (also when the target has the same ones), so that a class the source lacks stands at zero.
        For the same two labels nothing is changed but the sign where their order is. What is dropped is
        marginalised out of the precision; what is added has zero rows in it. Rows of link "margin", "score" and "sign"
        stand each for itself: -theta and +theta for two classes among more, half the difference of two rows for two
        classes, nothing centred; so does their precision, half the difference having the mean of both rows'.

        Parameters
        ----------
        n_features : int
        feature_names : sequence of str or None, default=None
        classes : array-like of shape (n_classes,) or None, default=None
            The target's labels in the order of its coefficients; None for regression.
        n_outputs : int or None, default=None
            Of a regression; None is the source's own number.

        Returns
        -------
        Source
            ``coef`` of shape (K, n_features), always 2-dimensional, K being 1 for two classes; ``intercept``
            of shape (K,); ``alignment`` says what was added and dropped.

        Raises
        ------
        ValueError
            If widths differ without names, there is no feature or class in common, or one side is a
            classifier and the other is not.
        """
        from sktransfer.sources._align import align

        names = _check.check_names(feature_names, n_features, who="the target's feature_names")
        return align(self, n_features, names, classes, n_outputs)

    def require_link(self, link, who):
        """Refuse a source of another link than ``who`` needs; an unknown link passes.

        Raises
        ------
        ValueError
            If the link is known and another.
        """
        if self.link not in (None, link):
            raise ValueError(
                f"{who} needs a source with link {link!r}, but {_named(self)} has link {self.link!r}: their "
                f"coefficients are on different scales. Fit the source with a model of link {link!r}, or, if "
                f"the coefficients do mean the same, give Source(coef, intercept, link={link!r})."
            )

    def save(self, path):
        """Write everything into one ``.npz`` file with a JSON header, without pickle."""
        from sktransfer.sources._store import save

        save(self, path)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote; every array is checked.

        Raises
        ------
        ValueError
            For a damaged file, a missing array, another kind of file or a newer version.
        """
        from sktransfer.sources._store import load

        return load(path)

    @property
    def n_features(self):
        """Number of features."""
        return self.coef.shape[-1]

    @property
    def n_outputs(self):
        """Rows of ``coef``: outputs or classes, 1 for two classes."""
        return 1 if self.coef.ndim == 1 else self.coef.shape[0]

    @property
    def one_vs_rest(self):
        """Whether every row of ``coef`` is one class against the rest, and not against the others in one softmax."""
        return self.link in ONE_VS_REST

    def __add__(self, other):
        """The source that both are together, fitted from their sums; the penalty counts once. The name is this one's.

        Raises
        ------
        ValueError
            If one has no statistics, or they do not belong to the same model, features and classes.
        """
        from sktransfer.sources._merge import merge

        return merge(self, other, 1) if isinstance(other, Source) else NotImplemented

    def __sub__(self, other):
        """The source that is left without the rows of the other, as if they had never been there.

        Raises
        ------
        ValueError
            If one has no statistics, they do not belong together, or more is taken away than was added.
        """
        from sktransfer.sources._merge import merge

        return merge(self, other, -1) if isinstance(other, Source) else NotImplemented

    def __eq__(self, other):
        return key(self) == key(other) if isinstance(other, Source) else NotImplemented

    def __hash__(self):
        return hash(key(self))

    def __reduce__(self):
        return _restore, ({slot: getattr(self, slot) for slot in SLOTS},)

    def __repr__(self):
        parts = [] if self.name is None else [repr(self.name)]
        parts += [f"n_features={self.n_features}"]
        parts += [f"n_outputs={self.n_outputs}"] if self.classes is None else [f"classes={self.classes.tolist()}"]
        parts += [f"link={self.link!r}", f"precision={'no' if self.precision is None else 'yes'}"]
        parts += [] if self.statistics is None else [f"statistics={self.statistics.kind!r}"]
        return f"Source({', '.join(parts)})"


def make_source(**fields):
    """A Source from parts that are known to be right: float64 arrays of its own, nothing checked again."""
    source = object.__new__(Source)
    fill(source, **fields)
    return source


def changed(source, **fields):
    """The same source with other parts, nothing checked again."""
    return make_source(**({slot: getattr(source, slot) for slot in SLOTS} | fields))


def _restore(state):
    return make_source(**state)


def _named(source):
    return "the source" if source.name is None else f"the source {source.name!r}"
