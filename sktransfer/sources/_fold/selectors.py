"""Feature selectors: whatever inherits scikit-learn's ``get_support``."""

from sktransfer.sources._fold._affine import Affine


def selector(name, step, n_features):
    """Columns where ``get_support()`` is true."""
    return Affine.selection(step.get_support(indices=True), n_features)


STEPS = {"SelectorMixin": selector}
