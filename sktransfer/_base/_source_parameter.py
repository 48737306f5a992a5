"""``source=`` as a hyper-parameter: kept by reference, never cloned, never un-fitted, never reached into."""

import copy

from sktransfer._utils._compat import clone_parametrized


class SourceParameterMixin:
    """Make ``clone``, ``get_params`` and ``set_params`` leave the parameter ``source`` alone.

    scikit-learn clones every parameter that is an estimator, which un-fits it; a source is knowledge, not a
    part to be trained, so it is handed on as it is.
    """

    def __sklearn_clone__(self):
        """A clone that shares the source."""
        bare = copy.copy(self)
        bare.source = None
        twin = clone_parametrized(bare)
        twin.source = self.source
        return twin

    def get_params(self, deep=True):
        """Parameters of this estimator; those of the source are not among them.

        Parameters
        ----------
        deep : bool, default=True
            Also the parameters of parts that are estimators, the source aside.

        Returns
        -------
        dict
        """
        params = super().get_params(deep=deep)
        return {name: value for name, value in params.items() if not name.startswith("source__")}

    def set_params(self, **params):
        """Set parameters of this estimator.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter of the source is named: sources are not changed.
        """
        inside = [name for name in params if name.startswith("source__")]
        if inside:
            raise ValueError(
                f"{type(self).__name__}.set_params cannot set {inside[0]!r}: a source is never changed. "
                "Pass another one with set_params(source=...)."
            )
        return super().set_params(**params)
