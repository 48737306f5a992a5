"""What is refused, and what is left alone."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor, RidgeClassifier
from sklearn.svm import SVC, SVR, LinearSVC

from sktransfer import Source, make_transfer
from sktransfer.model_selection import TransferCV
from sktransfer.svm import TransferLinearSVC, TransferLinearSVR

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y_NUMBERS = X @ [1.0, -1.0, 0.5] + RNG.normal(size=40)
Y_LABELS = np.where(Y_NUMBERS > 0, "yes", "no")
TWINS = [(TransferLinearSVC, Y_LABELS), (TransferLinearSVR, Y_NUMBERS)]
both_twins = pytest.mark.parametrize("Twin, y", TWINS, ids=["svc", "svr"])


@both_twins
@pytest.mark.parametrize(
    "params, message",
    [
        ({"C": -1.0}, "'C' parameter"),
        ({"C": np.inf}, "'C' parameter"),
        ({"tol": -1.0}, "'tol' parameter"),
        ({"loss": "log"}, "'loss' parameter"),
        ({"intercept_scaling": 0.0}, "'intercept_scaling' parameter"),
        ({"metric": "fisher"}, "metric='fisher' is for losses with a likelihood"),
        ({"metric": np.diag([1.0, 0.0, 1.0])}, "positive definite .* smallest eigenvalue is 0"),
        ({"metric": np.triu(np.ones((3, 3)))}, "metric must be symmetric"),
        ({"metric": np.eye(4)}, "metric has shape"),
        ({"metric": [1.0, 0.0, 1.0]}, "metric must be positive"),
        ({"metric": [1.0, 1.0]}, "metric has shape"),
        ({"random_state": "now"}, "'random_state' parameter"),
    ],
)
def test_parameters(Twin, y, params, message):
    with pytest.raises(ValueError, match=message):
        Twin(**params).fit(X, y)


def test_a_metric_that_ties_classes():
    with pytest.raises(ValueError, match=r"ties classes to each other.*Give shape \(3,\) or \(3, 3\)"):
        TransferLinearSVC(metric=np.eye(9)).fit(X, np.arange(40) % 3)


def test_a_tube_of_negative_width():
    with pytest.raises(ValueError, match="'epsilon' parameter"):
        TransferLinearSVR(epsilon=-0.1).fit(X, Y_NUMBERS)


def test_crammer_and_singer():
    with pytest.raises(ValueError, match=r"crammer_singer.*Use multi_class='ovr'"):
        TransferLinearSVC(multi_class="crammer_singer").fit(X, Y_LABELS)


@both_twins
def test_rows(Twin, y):
    broken = X.copy()
    broken[3, 1] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        Twin().fit(broken, y)
    with pytest.raises(ValueError, match="inconsistent"):
        Twin().fit(X, y[:-1])
    with pytest.raises(ValueError, match="must not be negative"):
        Twin().fit(X, y, -np.ones(40))
    with pytest.raises(ValueError, match="features"):
        Twin().fit(X, y).predict(X[:, :2])


def test_one_class():
    with pytest.raises(ValueError, match="at least 2 classes"):
        TransferLinearSVC().fit(X, np.full(40, "yes"))


def test_sources_on_another_scale():
    logistic = LogisticRegression().fit(X, Y_LABELS)
    with pytest.raises(ValueError, match="needs a source with link 'margin', but the source has link 'logit'"):
        TransferLinearSVC(source=logistic).fit(X, Y_LABELS)
    counts = PoissonRegressor().fit(X, np.exp(X[:, 0]))
    with pytest.raises(ValueError, match="needs a source with link 'identity', but the source has link 'log'"):
        TransferLinearSVR(source=counts).fit(X, Y_NUMBERS)
    machine = LinearSVC().fit(X, Y_LABELS)
    with pytest.raises(ValueError, match="wrong family: the source is a classifier and the target a regressor"):
        TransferLinearSVR(source=Source(machine.coef_[0], classes=[0, 1], link="identity")).fit(X, Y_NUMBERS)
    signs = RidgeClassifier().fit(X, Y_LABELS)
    with pytest.raises(ValueError, match="needs a source with link 'margin', but the source has link 'sign'"):
        TransferLinearSVC(source=signs).fit(X, Y_LABELS)
    with pytest.raises(ValueError, match="the source has 2 features and the target 3"):
        TransferLinearSVR(source=Source([1.0, 2.0])).fit(X, Y_NUMBERS)


@pytest.mark.filterwarnings("ignore:Liblinear failed to converge")
def test_machines_that_are_no_rows_of_coefficients():
    three = np.arange(40) % 3
    for machine, message in (
        (SVC(kernel="linear").fit(X, three), "one model per pair"),
        (SVC().fit(X, Y_LABELS), "kernel='rbf'"),
        (LinearSVC(multi_class="crammer_singer").fit(X, three), "compares classes with each other"),
    ):
        with pytest.raises(ValueError, match=message):
            Source.from_estimator(machine)
    with pytest.raises(ValueError, match="kernel='rbf'"):
        Source.from_estimator(SVR().fit(X, Y_NUMBERS))


@both_twins
def test_a_fitted_machine_is_a_source_but_not_how_sure_it_is(Twin, y):
    fitted = Twin(tol=1e-12).fit(X, y)
    source = Source.from_estimator(fitted)
    assert source.link == Twin._link
    assert_array_equal(np.ravel(source.coef), np.ravel(fitted.coef_))
    with pytest.raises(ValueError, match="does not say how sure it is"):
        Source.from_estimator(fitted, X=X)


def test_a_gap_that_is_not_met_is_said_with_its_numbers():
    many = RNG.normal(size=(400, 600))
    y = (many[:, 0] + RNG.normal(size=400) > 0).astype(int)
    with pytest.warns(ConvergenceWarning, match=r"1 iterations with the relative duality gap = .*, above tol = 1e-09"):
        model = TransferLinearSVC("hinge", C=100.0, tol=1e-9, max_iter=1).fit(many, y)
    assert not model.result_.converged
    assert model.result_.certificate > 1e-9


def _global_random():
    """The state of NumPy's global random numbers, which a fit must not draw from."""
    _kind, keys, *rest = np.random.get_state()  # noqa: NPY002
    return [*keys.tolist(), *rest]


@both_twins
@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, sp.csr_array, sp.csc_array])
def test_nothing_of_the_users_is_changed(Twin, y, form):
    rows, weight, given = form(X), np.arange(40.0), y.copy()
    parts = [rows.data, rows.indices, rows.indptr] if sp.issparse(rows) else [rows]
    for part in [*parts, weight, given]:
        part.flags.writeable = False
    kept = [part.copy() for part in parts]
    before = _global_random()
    kind = {"classes": ["no", "yes"], "link": "margin"} if Twin is TransferLinearSVC else {}
    source = Source([1.0, 2.0, 3.0], **kind)
    for metric in ("identity", "scale"):
        Twin(source=source, metric=metric).fit(rows, given, weight)
    assert_array_equal(_global_random(), before)
    for part, copy in zip(parts, kept, strict=True):
        assert_array_equal(part, copy)
    assert_array_equal(source.coef, [1.0, 2.0, 3.0])


@both_twins
def test_the_same_seed_gives_the_same_bits(Twin, y):
    many = np.random.default_rng(1).normal(size=(400, 3))
    target = np.where(many[:, 0] > 0, "a", "b") if Twin is TransferLinearSVC else many[:, 0] + many[:, 1] ** 2
    first, again = (Twin(random_state=5, C=10.0).fit(many, target) for _ in range(2))
    assert_array_equal(first.coef_, again.coef_)


@both_twins
def test_borrowing_is_chosen_by_folds(Twin, y):
    source = Twin(tol=1e-8).fit(X, y)
    search = TransferCV(Twin(source=source)).fit(X, y)
    assert {"target", "source", "recalibrated", "transfer"} == set(search.table_["candidate"])
    assert np.all(np.isfinite(search.table_["score"]))
    copied = search.table_["candidate"].index("source")
    losses = source._row_losses(X, y)
    np.testing.assert_allclose(-search.table_["score"][copied], losses.mean(), rtol=1e-9)


@both_twins
def test_make_transfer(Twin, y):
    model = Twin(tol=1e-8, fit_intercept=False).fit(X, y)
    made = make_transfer(model, borrow=4.0)
    assert type(made) is Twin
    assert made.C == 0.25
    assert made.fit_intercept is False


def test_a_source_of_margins_makes_a_classifier():
    source = Source.from_estimator(LinearSVC().fit(X, Y_LABELS))
    assert type(make_transfer(source, borrow=1.0)) is TransferLinearSVC
    assert make_transfer(LinearSVC(loss="hinge", intercept_scaling=5.0).fit(X, Y_LABELS), borrow=1.0).loss == "hinge"
