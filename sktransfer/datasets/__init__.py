"""Transfer problems to learn from and to test with: one real, three with known parameters."""

from sktransfer.datasets._heart import load_heart_disease
from sktransfer.datasets._synthetic import (
    make_transfer_classification,
    make_transfer_glm,
    make_transfer_regression,
)

__all__ = [
    "load_heart_disease",
    "make_transfer_regression",
    "make_transfer_classification",
    "make_transfer_glm",
]
