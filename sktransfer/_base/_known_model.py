"""What a fitted linear twin is to others: a source, what it minimises over rows, and what it found."""

import numpy as np

from sktransfer._base._block_rows import surveyed
from sktransfer._base._findings import findings_of_twin
from sktransfer._base._report import Reporting
from sktransfer._designs import Moments, as_blocks
from sktransfer._objective import LossTerm, Objective, loss_term
from sktransfer._priors import GaussianPrior, Layout
from sktransfer.sources import Source
from sktransfer.sources._penalty import Penalty
from sktransfer.sources._summarize import Summary


class KnownLinearModel(Reporting):
    """Mixin: a fitted twin as the source of the next one."""

    def _findings(self):
        """The protocol of the house: what the fit found."""
        return findings_of_twin(self)

    @property
    def _source_classes(self):
        """Labels of this fitted model as a source."""
        return getattr(self, "classes_", None)

    def _as_source(self, X=None, y=None, sample_weight=None, name=None):
        """What this fitted model is as a source; with X it also says how sure it is."""
        coef = np.atleast_2d(np.asarray(self.coef_, dtype=np.float64))
        intercept = np.broadcast_to(np.ravel(self.intercept_), len(coef))
        precision, n_samples = None, None
        if X is not None:
            precision, n_samples = self._posterior_precision(coef, intercept, X, y, sample_weight)
        return Source(
            coef if coef.shape[0] > 1 or hasattr(self, "classes_") else coef[0],
            intercept if len(intercept) > 1 else float(intercept[0]),
            precision=precision,
            classes=self._source_classes,
            feature_names=getattr(self, "feature_names_in_", None),
            n_samples=n_samples,
            name=name,
            link=self._link,
            units=self._units,
        )

    @property
    def _units(self):
        """What the penalty divided features by, where it did."""
        return self._prior[1].units if hasattr(self, "_prior") else None

    def _summary(self, X, y, sample_weight):
        """What this fitted model minimises over rows, for :meth:`SourceData.summarize`."""
        rows = self._observed_rows(X, y, sample_weight)
        loss = self._loss(rows)
        term = loss_term(rows.design, loss, rows.y, rows.weight)

        def look(coef, intercept):
            layout = Layout(*coef.shape)
            point = Objective([term], []).at(layout.join(coef, intercept))
            point.expand()
            return point.value, point.gradient, point.loss_hessian()

        return Summary(
            loss,
            self._penalty_over(rows),
            self.fit_intercept,
            term.total_weight,
            rows.n_weighed,
            moments=lambda: rows.design.summed or Moments.of(rows.design, rows.y, rows.weight),
            look=look,
        )

    def _observed_rows(self, X, y, sample_weight):
        """The rows as this fitted model sees them, those of memory maps and Dask collections in their blocks."""
        blocks = as_blocks(X, y, sample_weight)
        if blocks is None:
            return self._observed_in_memory(X, y, sample_weight)
        rows = self._lay_out(blocks)
        return surveyed(self, rows, self._loss(rows))

    def _observed_in_memory(self, X, y, sample_weight):
        """The rows as this fitted model sees them, with the y that they have."""
        return self._information_rows(X, y, sample_weight)

    def _penalty_over(self, rows):
        """The penalty over [coef class by class; intercepts] on the user's features; None where it is not quadratic."""
        priors, coordinates = self._prior
        bounded = getattr(self, "positive", False)
        if self._copied or bounded or not all(isinstance(prior, GaussianPrior) for prior in priors):
            return None
        coef = np.atleast_2d(self.coef_)
        whole = Layout(*coef.shape)
        curvature, pull = np.zeros((whole.n_params, whole.n_params)), np.zeros(whole.n_params)
        for prior in priors:
            layout = whole._replace(fit_intercept=len(prior.centre) > whole.n_coefs)
            centre, level = layout.split(prior.centre)
            centre, level = coordinates.back(centre, np.zeros(len(coef)) if level is None else level)
            own = coordinates.precision_back(prior.precision.dense(), layout)
            size = layout.n_params
            curvature[:size, :size] += own
            pull[:size] += own @ layout.join(centre, level)
        unit = self._unit(rows)
        per_weight = unit != 1 and not (isinstance(self.metric, str) and self.metric == "fisher")
        return Penalty(curvature / unit, pull / unit, True) if per_weight else Penalty(curvature, pull)

    def _posterior_precision(self, coef, intercept, X, y, sample_weight):
        """The rows' information plus the priors', over [coef class by class; intercepts]."""
        if self._copied:
            raise ValueError(
                f"this {type(self).__name__} copies (part of) its source, so its own rows do not say how sure it "
                "is. Take the precision from its source, or read it without X."
            )
        rows = self._information_rows(X, y, sample_weight)
        term = LossTerm(rows.design, self._loss(rows), rows.y, rows.weight)
        layout = Layout(*coef.shape, True)
        point = Objective([term], []).at(layout.join(coef, intercept))
        precision = point.loss_hessian()
        priors, coordinates = self._prior
        for prior in priors:
            size = len(prior.diagonal())
            own = np.zeros((size, size))
            prior.add_to(own)
            precision[:size, :size] += coordinates.precision_back(
                own, layout._replace(fit_intercept=size > layout.n_coefs)
            )
        return precision, float(rows.sample_weight.sum())
