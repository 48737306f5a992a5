"""Narrowed vessels: Cleveland, VA Long Beach and Switzerland -> Hungary. Hospitals of unequal quality.

Bundled with sktransfer (UCI heart disease, CC BY 4.0).
"""

from benchmarks.transfer._task import parted
from sktransfer.datasets import load_heart_disease


def load():
    """920 patients in four hospitals."""
    heart = load_heart_disease()
    sources = ["Cleveland", "VA Long Beach", "Switzerland"]
    return parted(heart.data, heart.target, heart.hospital, sources, "Hungary", "binary")
