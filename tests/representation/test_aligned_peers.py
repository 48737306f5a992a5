"""What adapt and skada answer on a small data set (``python -m benchmarks.representation --reference``) is reproduced.

Their maps take the source to the target, so the domains' roles were swapped; their transfer components are those of the
problem at mu = 0 only, where the matrix whose eigenvectors they take is symmetric.
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.representation._methods import METHODS, unsigned

KNOWN = np.load(Path(__file__).parent.parent / "reference" / "aligned_peers.npz")


@pytest.mark.parametrize("peer", ["adapt", "skada"])
@pytest.mark.parametrize("method", ["coral", "subspace"])
def test_equal_maps(method, peer):
    found = METHODS[method]["ours"](KNOWN["X_source"], KNOWN["X"])
    np.testing.assert_allclose(found, KNOWN[f"{method}_{peer}"], rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("peer", ["adapt", "skada"])
def test_equal_components(peer):
    found = METHODS["components"]["ours"](KNOWN["X_source"], KNOWN["X"], mu=0.0)
    np.testing.assert_allclose(unsigned(found), unsigned(KNOWN[f"components_{peer}"]), rtol=1e-8, atol=1e-9)
