"""Eigenvectors of covariances: the leading few are those of all; roots and operators serve as matrices do."""

import numpy as np
import pytest
from scipy.sparse.linalg import ArpackNoConvergence, aslinearoperator

from sktransfer.representation import SubspaceAlignment, TransferComponentAnalysis, _spectra
from sktransfer.sources import SourceData


def matrix(n=250, rank=None):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(n, n)))[0][:, : rank or n]
    return (basis * np.linspace(3, 0.1, basis.shape[1]) ** 3) @ basis.T


def same_directions(found, expected, atol=1e-9):
    np.testing.assert_allclose(np.abs(np.sum(found * expected, axis=0)), 1, atol=atol)


@pytest.mark.parametrize("make", [np.asarray, aslinearoperator], ids=["matrix", "operator"])
@pytest.mark.parametrize("n", [250, 60, 40])
def test_the_leading_few(make, n):
    values, vectors = np.linalg.eigh(matrix(n))
    found, directions = _spectra.spectrum(make(matrix(n)), 4)
    np.testing.assert_allclose(found[:4], values[::-1][:4], rtol=1e-10)
    same_directions(directions[:, :4], vectors[:, ::-1][:, :4])
    assert len(found) == (n if n == 40 else 4)
    again, same = _spectra.spectrum(make(matrix(n)), 4)
    np.testing.assert_array_equal(again, found)
    np.testing.assert_array_equal(same, directions)


def test_what_has_no_spread_is_left_out():
    values, vectors = _spectra.spectrum(matrix(30, rank=7))
    assert len(values) == 7
    assert vectors.shape == (30, 7)
    assert _spectra.spectrum(np.zeros((5, 5)))[1].shape == (5, 0)


def test_a_root_serves_as_its_square():
    root = np.random.default_rng(0).normal(size=(8, 30))
    values, vectors = _spectra.of_root(root)
    expected = np.linalg.eigh(root.T @ root)
    np.testing.assert_allclose(values, expected[0][::-1][:8], rtol=1e-10)
    same_directions(vectors, expected[1][:, ::-1][:, :8])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(8), atol=1e-12)


def test_where_lanczos_gives_up_all_are_found(monkeypatch):
    def gives_up(*args, **settings):
        raise ArpackNoConvergence("%s", np.zeros(0), np.zeros((0, 0)))

    monkeypatch.setattr(_spectra, "eigsh", gives_up)
    for form in (matrix(), aslinearoperator(matrix())):
        values, _ = _spectra.spectrum(form, 4)
        np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix())[::-1], rtol=1e-9)


@pytest.mark.parametrize("sizes", [(500, 400, 250), (120, 300, 600)])
def test_few_components_are_the_first_of_all(domains, sizes):
    X_source, X = domains(*sizes)
    source = SourceData(X_source, np.zeros(len(X_source)))
    few, more = (SubspaceAlignment(n, source=source).fit(X) for n in (3, 100))
    np.testing.assert_allclose(few.components_, more.components_[:3], atol=1e-8)
    np.testing.assert_allclose(few.explained_variance_ratio_, more.explained_variance_ratio_[:3], rtol=1e-10)
    np.testing.assert_allclose(few.source_components_, more.source_components_[:3], atol=1e-8)


@pytest.mark.parametrize("with_source", [False, True])
def test_few_transfer_components_are_the_first_of_all(domains, with_source):
    X_source, X = domains(200, 250)
    source = SourceData(X_source, np.zeros(200)) if with_source else None
    few, more = (TransferComponentAnalysis(n, source=source, gamma=0.01).fit(X) for n in (3, 60))
    np.testing.assert_allclose(few.transform(X), more.transform(X)[:, :3], atol=1e-7)
    np.testing.assert_allclose(few.eigenvalues_, more.eigenvalues_[:3], rtol=1e-8)
