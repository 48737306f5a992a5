"""Transfer component analysis: directions of a kernel's feature space along which rows spread and domains agree.

With K the kernel matrix of all rows, l = 1 / n_source for the source's rows and -1 / n_target for the target's, and
L = l l', H = I - 11' / n, the components are the leading solutions w of

    K H K w = lambda (K L K + alpha I) w,        x -> K(x, rows) w.

Of rows that are not many this is solved as it stands (``_dual``): a matrix of all pairs. Of more rows (``_primal``)
landmarks Z say what the kernel is: with phi(x) = K(x, Z) K(Z, Z)^-1/2, K is near Phi Phi'. With u = Phi' w, d = mean of
phi over the source less that over the target, and

    S = Phi' H Phi,      G = Phi' Phi = R R',      u = R t,      e = R' d

w is the shortest with this u, w'w = u' G^-1 u = t't, and the problem is, of the landmarks' size,

    R' S R t = lambda (alpha I + e e') t.

S, G and d are sums over rows, taken in blocks: no matrix has rows on both sides. A weight counts as that many equal
rows, which is K between sqrt(weight) on both sides.
"""

from numbers import Integral, Real

import numpy as np
from scipy import linalg
from scipy.sparse.linalg import LinearOperator
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils import check_random_state

from sktransfer._designs import Moments, as_design
from sktransfer._utils._compat import Interval, StrOptions
from sktransfer.representation._aligned import NewCoordinates
from sktransfer.representation._domain import require_spread
from sktransfer.representation._read import as_array
from sktransfer.representation._spectra import few, spectrum

_BLOCK_BYTES = 1 << 24
_EPS = np.finfo(np.float64).eps


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
    _keeps_flaws = False

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

    def _learn(self, X, weight):
        domains = [(X, weight)]
        if self.source is not None:
            domains.append(self._source_rows())
        require_spread(sum(float(weight.sum()) for _, weight in domains), "the rows")
        n_rows = sum(np.count_nonzero(weight) for _, weight in domains)
        self.landmarks_ = _landmarks(domains, self.n_landmarks, check_random_state(self.random_state))
        between = self._kernel(self.landmarks_)
        self._publish(between, *(self._dual if n_rows == len(self.landmarks_) else self._primal)(domains, between))

    def _of_target(self, X):
        return self._of_source(X)

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

    def _dual(self, domains, between):
        """(coefficients, the mean of all rows' coordinates, their spread), all rows being landmarks."""
        weights = [weight[weight > 0] for _, weight in domains]
        weight = np.concatenate(weights)
        total, root = weight.sum(), np.sqrt(weight)
        K, level = between * np.outer(root, root), root / np.sqrt(total)
        centred = K - np.outer(level, level @ K)
        if len(weights) == 1:
            found = spectrum(centred - np.outer(centred @ level, level), self.n_components)[1]
        else:
            sides = np.repeat([-1 / weights[0].sum(), 1 / weights[1].sum()], list(map(len, weights)))
            found = solve(centred, K @ (sides * root), self.alpha, self.n_components, _size(K))
        dual = root[:, np.newaxis] * (found / _length(found, K))
        scores = between @ dual
        offset = weight @ scores / total
        return dual, offset, weight @ (scores - offset) ** 2

    def _primal(self, domains, between):
        """The same by the kernel's features at the landmarks."""
        values, vectors = spectrum(between)
        root = vectors / np.sqrt(values)
        moments = [self._moments(rows, weight, root) for rows, weight in domains]
        pooled = sum(moments[1:], moments[0])
        values, vectors = spectrum(pooled.scatter, self.n_components if len(moments) == 1 else None)
        found = vectors
        if len(moments) > 1:
            gram = pooled.scatter + pooled.weight * np.outer(pooled.mean, pooled.mean)
            sizes, axes = spectrum(gram)
            back, forth = axes * np.sqrt(sizes), np.sqrt(values)[:, np.newaxis] * vectors.T
            apart, scale = back.T @ (moments[1].mean - moments[0].mean), np.sqrt(sizes[0]) * np.sqrt(values.sum())
            found = back @ solve(forth @ back, apart, self.alpha, self.n_components, scale)
        found /= np.linalg.norm(found, axis=0)
        return root @ found, pooled.mean @ found, np.einsum("ij,ij->j", found, pooled.scatter @ found)

    def _moments(self, X, weight, root):
        """Moments of phi over a domain's rows."""
        found = Moments.none(root.shape[1], 0)
        for rows in _blocks(X, self.landmarks_):
            phi = self._kernel(X[rows]) @ root
            found += Moments.of(as_design(phi), np.zeros((len(phi), 0)), weight[rows])
        return found

    def _publish(self, between, dual, offset, spread):
        """The components that were asked for, the largest coordinate of a landmark positive."""
        if not len(spread):  # no spread at all: one component, which is zero
            dual, offset, spread = np.zeros((len(between), 1)), np.zeros(1), np.zeros(1)
        count = len(spread) if self.n_components is None else self.n_components
        if count > len(spread):
            raise ValueError(
                f"n_components={count} must be at most {len(spread)}: in no more directions do the rows spread in the "
                "kernel's space. Ask for fewer, or for None: all of them."
            )
        dual, offset = dual[:, :count], offset[:count]
        scores = between @ dual - offset
        signs = np.where(scores[np.abs(scores).argmax(axis=0), np.arange(count)] < 0, -1.0, 1.0)
        self.dual_coef_, self.offset_, self.eigenvalues_ = dual * signs, offset * signs, spread[:count]
        self.n_components_ = self._n_features_out = count


def solve(factor, apart, alpha, count, scale):
    """Leading solutions t of ``factor' factor t = lambda (alpha I + apart apart') t``, as columns.

    Parameters
    ----------
    factor : ndarray of shape (m, n)
    apart : ndarray of shape (n,)
    alpha : float
    count : int or None
    scale : float
        Size of the numbers that the factor is the difference of: rounding is some of its last digits.
    """
    if scale > 0:  # in units in which squares are numbers
        factor, apart, alpha = factor / scale, apart / scale, alpha / scale / scale
    size = np.linalg.norm(apart)
    less = 1.0 - np.sqrt(alpha / (alpha + size**2)) if np.isfinite(alpha) and size > 0 else 0.0
    along = apart / size if size > 0 else apart

    def halved(x):  # (alpha I + apart apart')^-1/2 x, up to a factor
        return x - np.multiply.outer(less * along, along @ x)

    def squared(x):
        return halved(factor.T @ (factor @ halved(x)))

    rounding = 10 * len(apart) * _EPS
    if few(len(apart), count):
        values, vectors = spectrum(LinearOperator((len(apart),) * 2, matvec=squared, dtype=np.float64), count)
        if len(values) and values[-1] > rounding:
            return halved(vectors)
    _, values, vectors = linalg.svd(halved(factor.T).T, full_matrices=False)
    return halved(vectors[values > rounding].T)


def _size(matrix):
    """Frobenius' norm, in units in which squares are numbers."""
    largest = np.abs(matrix).max()
    return largest * linalg.norm(matrix / largest) if largest > 0 else 0.0


def _length(found, K):
    """Of the components in the kernel's space."""
    return np.sqrt(np.einsum("ij,ij->j", found, K @ found))


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
