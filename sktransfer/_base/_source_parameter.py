"""``source=`` as a hyper-parameter: kept by reference, never cloned, never un-fitted, never reached into."""

import copy

from sktransfer._utils._compat import clone_parametrized


class SourceParameterMixin:
    """Make ``clone``, ``get_params`` and ``set_params`` leave the parameter ``source`` alone.

    scikit-learn clones every parameter that is an estimator, which un-fits it; a source is knowledge, not a
    part to be trained, so it is handed on as it is.
    """

    _source_parameter = "source"

    def __sklearn_clone__(self):
        """A clone that shares the source."""
        bare, name = copy.copy(self), self._source_parameter
        setattr(bare, name, None)
        twin = clone_parametrized(bare)
        setattr(twin, name, getattr(self, name))
        return twin

    @property
    def _inside(self):
        """How names of a source's own parameters would begin."""
        return f"{self._source_parameter}__"

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
        return {name: value for name, value in params.items() if not name.startswith(self._inside)}

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
        inside = [name for name in params if name.startswith(self._inside)]
        if inside:
            raise ValueError(
                f"{type(self).__name__}.set_params cannot set {inside[0]!r}: a source is never changed. "
                f"Pass another one with set_params({self._source_parameter}=...)."
            )
        return super().set_params(**params)
