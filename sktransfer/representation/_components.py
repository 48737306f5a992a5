"""Transfer component analysis: directions of a kernel's feature space along which rows spread and domains agree.

With K the kernel matrix of all rows, l = 1 / n_source for the source's rows and -1 / n_target for the target's, and
L = l l', H = I - 11' / n, the components are the leading solutions w of

    K H K w = lambda (K L K + alpha I) w,        x -> K(x, rows) w.

Of landmarks Z let phi(x) = K(x, Z) K(Z, Z)^-1/2, so that K ~ Phi Phi'; of all rows for landmarks it is equal. With
u = Phi' w, d = mean of phi over the source less that over the target, and

    S = Phi' H Phi,      G = Phi' Phi = R R',      u = R t,      e = R' d

w is the shortest with this u, w'w = u' G^-1 u = t't, and the problem is, of the landmarks' size,

    R' S R t = lambda (alpha I + e e') t.

S, G and d are sums over rows, taken in blocks: no matrix has rows on both sides.
"""

from numbers import Integral, Real

import numpy as np
from scipy import linalg
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils import check_random_state

from sktransfer._designs import Moments, as_design
from sktransfer._utils._compat import Interval, StrOptions, fit_context
from sktransfer.representation._aligned import NewCoordinates
from sktransfer.representation._domain import require_spread
from sktransfer.representation._read import as_array

_BLOCK_BYTES = 1 << 24
_SMALL = 1e-11  # of the largest eigenvalue: what is smaller is rounding


class TransferComponentAnalysis(ClassNamePrefixFeaturesOutMixin, NewCoordinates):
    """Components of a kernel's feature space along which rows spread while the domains' means agree.

    Both domains get new coordinates by one map; there the source's model is fitted anew. Nobody's y is looked at.
    Without a source it is scikit-learn's KernelPCA.

    Parameters
    ----------
    n_components : int or None, default=None
        None keeps all along which rows spread.
    source : SourceData or None, default=None
        The source's rows. Columns are matched by name. None: no source.
    alpha : float, default=1.0
        What long coefficients cost, against the distance of the domains' means: the paper's mu. Near 0 the components
        are orthogonal to that distance; at infinity it does not count.
    kernel : str or callable, default="rbf"
        As in :func:`sklearn.metrics.pairwise.pairwise_kernels`.
    gamma : float or None, default=None
        Of the kernels "rbf", "poly", "sigmoid", "laplacian" and "chi2"; None is scikit-learn's own default.
    degree : float, default=3
        Of "poly".
    coef0 : float, default=1
        Of "poly" and "sigmoid".
    n_landmarks : int, default=1000
        Of more rows than that the kernel is known by so many of them (Nystroem), half from each domain, as far as it
        has them: no matrix is larger than ``n_landmarks ** 2`` or a block of rows. Of fewer rows all is exact.
    random_state : int, RandomState or None, default=None
        Draws the landmarks.

    Attributes
    ----------
    eigenvalues_ : ndarray of shape (n_components_,)
        How far the rows of both domains spread along each component: the sum of squares.
    landmarks_ : ndarray of shape (n_landmarks, n_features)
    dual_coef_ : ndarray of shape (n_landmarks, n_components_)
        ``transform(X) = kernel(X, landmarks_) @ dual_coef_ - offset_``.
    offset_ : ndarray of shape (n_components_,)
        The mean of all rows goes to zero.
    n_components_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)

    Raises
    ------
    TypeError
        If the source is no SourceData.
    ValueError
        If the source lacks columns, or there are fewer directions than components.

    See Also
    --------
    SubspaceAlignment : Without a kernel.
    sklearn.decomposition.KernelPCA : Its twin.

    Notes
    -----
    ``K H K w = lambda (K L K + alpha I) w``, as in the paper, components of length one in the kernel's space, as those
    of kernel PCA are; the largest coordinate of a landmark is positive. Without a source K is centred first. A weight
    counts as that many equal rows.

    References
    ----------
    Pan, S. J., Tsang, I. W., Kwok, J. T. and Yang, Q. (2011). Domain adaptation via transfer component analysis. IEEE
    Transactions on Neural Networks 22.
    Williams, C. and Seeger, M. (2001). Using the Nystroem method to speed up kernel machines. NIPS 13.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sktransfer.joint import AlphaWeightedClassifier
    >>> from sktransfer.representation import TransferComponentAnalysis
    >>> from sktransfer.sources import SourceData
    >>> rng = np.random.default_rng(0)
    >>> X_source, X = rng.normal(size=(200, 3)), rng.normal(size=(40, 3))
    >>> y_source, y = X_source.sum(axis=1) > 0, X.sum(axis=1) > 0
    >>> X = X + [0.0, 0.0, 5.0]
    >>> LogisticRegression().fit(X_source, y_source).score(X, y)
    0.475

    The source's model is fitted anew in the common coordinates, alone or together with the target's rows:

    >>> source = SourceData(X_source, y_source)
    >>> space = TransferComponentAnalysis(2, source=source, kernel="linear").fit(X)
    >>> LogisticRegression().fit(space.transform_source(X_source), y_source).score(space.transform(X), y)
    0.85
    >>> joint = AlphaWeightedClassifier(LogisticRegression(), space.transform_source(source))
    >>> joint.fit(space.transform(X), y).score(space.transform(X), y)
    0.875
    """

    _parameter_constraints: dict = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "source": "no_validation",
        "alpha": [Interval(Real, 0, None, closed="right")],
        "kernel": [StrOptions(set(PAIRWISE_KERNEL_FUNCTIONS)), callable],
        "gamma": [Interval(Real, 0, None, closed="left"), None],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
        "n_landmarks": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components=None,
        *,
        source=None,
        alpha=1.0,
        kernel="rbf",
        gamma=None,
        degree=3,
        coef0=1,
        n_landmarks=1000,
        random_state=None,
    ):
        self.n_components = n_components
        self.source = source
        self.alpha = alpha
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.n_landmarks = n_landmarks
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Find the components.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The target's rows.
        y : ignored
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self
        """
        domains = [self._fit_rows(X, sample_weight)]
        if self.source is not None:
            domains.append(self._source_rows())
        require_spread(sum(float(weight.sum()) for _, weight in domains), "the rows")
        self.landmarks_ = _landmarks(domains, self.n_landmarks, check_random_state(self.random_state))
        root = self._feature_root()
        moments = [self._moments(rows, weight, root) for rows, weight in domains]
        directions, mean = _directions(moments, self.alpha)
        self._publish(root, directions, mean, sum(moments[1:], moments[0]).scatter)
        return self

    def transform(self, X):
        """Coordinates of rows of the target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_components_)
        """
        return self._of_source(self._new_rows(X))

    def _of_source(self, X):
        found = np.empty((X.shape[0], self.n_components_), dtype=X.dtype)
        for rows in _blocks(X, self.landmarks_):
            found[rows] = self._kernel(X[rows]) @ self.dual_coef_ - self.offset_
        return found

    def _kernel(self, X):
        """K(X, landmarks) in double precision."""
        settings = {"gamma": self.gamma, "degree": self.degree, "coef0": self.coef0}
        if callable(self.kernel):
            settings = {}
        X = as_array(X).astype(np.float64, copy=False)
        return pairwise_kernels(X, self.landmarks_, metric=self.kernel, filter_params=True, **settings)

    def _feature_root(self):
        """K(Z, Z)^-1/2, of directions that are there."""
        values, vectors = linalg.eigh(self._kernel(self.landmarks_), driver="evd")
        keep = values > _SMALL * values[-1]
        return vectors[:, keep] / np.sqrt(values[keep])

    def _moments(self, X, weight, root):
        """Moments of phi over a domain's rows."""
        found = Moments.none(root.shape[1], 0)
        for rows in _blocks(X, self.landmarks_):
            phi = self._kernel(X[rows]) @ root
            found += Moments.of(as_design(phi), np.zeros((len(phi), 0)), weight[rows])
        return found

    def _publish(self, root, directions, mean, scatter):
        """Length one, the largest coordinate of a landmark positive."""
        spread = np.einsum("ij,ij->j", directions, scatter @ directions)
        most = int(np.sum(spread > _SMALL * spread.max(initial=0.0)))
        count = max(most, 1) if self.n_components is None else self.n_components
        if count > max(most, 1):
            raise ValueError(
                f"n_components={count} must be at most {most}: in no more directions do the rows spread in the "
                "kernel's space. Ask for fewer, or for None: all of them."
            )
        directions = directions[:, :count]
        dual = root @ directions
        scores = self._kernel(self.landmarks_) @ dual - mean @ directions
        signs = np.sign(scores[np.abs(scores).argmax(axis=0), np.arange(count)])
        signs[signs == 0] = 1.0
        self.dual_coef_, self.offset_ = dual * signs, (mean @ directions) * signs
        self.eigenvalues_ = spread[:count]
        self.n_components_ = self._n_features_out = count


def _directions(moments, alpha):
    """(directions of length one, best first; mean of all rows): one Moments for each domain, the target's first."""
    pooled = sum(moments[1:], moments[0])
    gram = pooled.scatter
    if len(moments) > 1:
        gram = gram + pooled.weight * np.outer(pooled.mean, pooled.mean)
    values, vectors = linalg.eigh(gram, driver="evd")
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    inner = root.T @ pooled.scatter @ root
    apart = root.T @ (moments[-1].mean - moments[0].mean)
    size = np.linalg.norm(apart)
    if size > 0:  # (alpha I + e e')^-1/2, up to a factor
        apart /= size
        less = (1.0 - np.sqrt(alpha / (alpha + size**2)) if np.isfinite(alpha) else 0.0) * apart
        inner -= np.outer(less, apart @ inner)
        inner -= np.outer(inner @ apart, less)
    _, solved = linalg.eigh(inner, driver="evd")
    solved = solved[:, ::-1]
    if size > 0:
        solved = solved - np.outer(less, apart @ solved)
    directions = root @ solved
    length = np.linalg.norm(directions, axis=0)
    return directions / np.where(length > 0, length, 1.0), pooled.mean


def _landmarks(domains, most, random):
    """Rows that weigh something: all, or ``most``, half from each domain as far as it has them."""
    places = [np.flatnonzero(weight > 0) for _, weight in domains]
    counts = [len(place) for place in places]
    if sum(counts) > most:
        first = counts[0] if len(counts) == 1 else max(most // 2, most - counts[1])
        first = min(first, counts[0], most)
        wanted = [first, most - first][: len(counts)]
        places = [np.sort(random.permutation(place)[:n]) for place, n in zip(places, wanted, strict=True)]
    rows = [as_array(X[place]) for (X, _), place in zip(domains, places, strict=True)]
    return np.concatenate(rows).astype(np.float64)


def _blocks(X, landmarks):
    """Slices of rows whose kernel fits a block."""
    step = max(1, _BLOCK_BYTES // (8 * len(landmarks)))
    return [slice(start, start + step) for start in range(0, X.shape[0], step)]
