"""How the linear twins borrow: candidates, what they lose on rows held out, their evidence, their mean."""

import copy

import numpy as np

from sktransfer._base._borrowing import Borrowing, Candidate, refitted
from sktransfer._base._evidence import evidence_path
from sktransfer._base._factor_path import held_out_around_several
from sktransfer._base._findings import Axis, Reference
from sktransfer._base._leave_one_out import left_out
from sktransfer._base._linear_mixture import LinearMixture
from sktransfer._base._members import lightly, published
from sktransfer._base._mixture import mean_predictor
from sktransfer._base._path import End, walked_alone, walked_path
from sktransfer._base._posed_rows import PosedRows, key_of
from sktransfer._base._strength_grid import as_grid, automatic_strengths
from sktransfer._kernels import single_threaded_blas
from sktransfer._utils._compat import has_callbacks
from sktransfer.sources import Source, resolve

_TOL = 1e-6
_FEW_SOURCES = 5
_SMALL = 300
_FEW_LOSSES = 100_000


class LinearBorrowing(Borrowing):
    """How a linear twin borrows: by the strength of its penalty and the pull on its intercept.

    Candidates that differ in their strength only are a *family*: one problem, posed once, and one path.

    Parameters
    ----------
    estimator : LinearTransfer
    """

    def __init__(self, estimator):
        self._estimator = estimator
        self._source = resolve(estimator.source)
        self._posed, self._walked, self._solved = None, {}, {}

    @property
    def has_path(self):
        """Leave-one-out without refitting is for smooth twins that do not doubt their source."""
        return self._smooth and (self._estimator.source_probability == 1 or self._source.is_null)

    @property
    def _smooth(self):
        """Whether coefficients are unbounded, losses curved, and penalties without kinks."""
        twin = self._estimator
        return twin._curved and not (getattr(twin, "positive", False) or twin._has_kinks)

    @property
    def likelihood(self):
        """The twin's."""
        return self._estimator._likelihood

    @property
    def axis(self):
        """The twin's strength."""
        strength = self._estimator._strength_parameter
        return Axis(strength.name, rising=not strength.inverse)

    def reference(self, X, y, sample_weight):
        """The aligned source's coefficients, the features' standard deviations, the loss's name."""
        self._take(X, y, sample_weight)
        twin, source, rows = self._posed.twin({})
        return Reference(
            loss=twin._loss(rows).title,
            n_rows=float(rows.sample_weight.sum()),
            has_source=not source.is_null,
            coef=None if source.is_null else source.coef,
            spread=np.sqrt(rows.design.mean_and_variance(rows.sample_weight)[1]),
            alignment=source.alignment,
        )

    def candidates(self, X, y, sample_weight, grid):
        """Target only over strengths; with a source also the source as it is, recalibrated, pooled, transfer.

        Pooling counts as the strongest borrowing: like copying, it takes source and target for one model, but it
        learns from the target's rows, too. ``grid`` is "auto", an array of strengths in the twin's own parameter,
        or a dict from parameter names to values.
        """
        self._take(X, y, sample_weight)
        strength = self._estimator._strength_parameter
        ladder = as_grid(grid, strength)
        own = {"source": None, "metric": "scale", "intercept_penalty": 0.0}
        found = [Candidate("target", params, (0,)) for params in self._ladder(own, ladder)]
        if self._source.is_null:
            return found
        sure = {} if self._estimator.source_probability == 1 else {"source_probability": 1.0}
        copied, rescalable = {strength.name: strength.of(np.inf), **sure}, self._rescalable
        found.append(Candidate("source", {**copied, "intercept_penalty": np.inf}, (4,)))
        found.append(Candidate("recalibrated", {**copied, "intercept_penalty": 0.0}, (3,)))
        if rescalable:
            scaled = {**copied, "intercept_penalty": 0.0, "source": [self._source]}
            found.append(Candidate("recalibrated", scaled, (2,), "scaled"))
        informed = self._source.precision is not None and not self._estimator._rescales(self._source)
        if informed and not self._estimator._has_kinks:
            pooled = {strength.name: strength.of(1.0), "metric": "fisher", "intercept_penalty": 1.0, **sure}
            found.append(Candidate("pooled", pooled, (5,)))
        for place, member in enumerate(self._singled_out):
            found += self._of_one(member, f"of source {place}", copied, ladder)
        for pulled in self._pulls(ladder):
            pull = pulled["intercept_penalty"]
            family = "intercept and size free" if "source" in pulled else f"intercept pull {pull:g}"
            for params in self._ladder({"intercept_penalty": pull}, ladder):
                amount = (1, strength.to(params[strength.name]), pull)
                found.append(Candidate("transfer", {**pulled, **params}, amount, family))
        return found

    @property
    def _rescalable(self):
        """Whether the source may be taken times a factor: one source, of the twin's own scale."""
        return isinstance(self._source, Source) and not self._estimator._rescales(self._source)

    def _pulls(self, ladder):
        """How level and size follow the source: level free, and with it the size; level pulled; level held."""
        if "intercept_penalty" in ladder:
            return [{"intercept_penalty": pull} for pull in ladder["intercept_penalty"]]
        rescaled = {"source": [self._source]} if self.has_path and self._rescalable else {}
        free = {"intercept_penalty": 0.0, **rescaled}
        return [free, {"intercept_penalty": 1.0}, {"intercept_penalty": np.inf}]

    @property
    def _singled_out(self):
        """The sources of a short list, each of which may do better alone than all of them together."""
        members = self._source.members or ()
        return members if 1 < len(members) <= _FEW_SOURCES else ()

    def _of_one(self, member, family, copied, ladder):
        """One source of several as if it were the only one; strengths only where they cost little."""
        alone = {"source": member}
        found = [
            Candidate("source", {**copied, "intercept_penalty": np.inf, **alone}, (4,), family),
            Candidate("recalibrated", {**copied, "intercept_penalty": 0.0, **alone}, (3,), family),
        ]
        if not self._estimator._rescales(member):
            scaled = {**copied, "intercept_penalty": 0.0, "source": [member]}
            found.append(Candidate("recalibrated", scaled, (2,), f"{family}, scaled"))
        if self.has_path:
            for params in self._ladder({"intercept_penalty": 0.0, **alone}, ladder):
                amount = (1, self._estimator._strength_parameter.to(params[self._estimator._strength_parameter.name]))
                found.append(Candidate("transfer", params, (*amount, 0.0), family))
        return found

    def strengths(self, X, y, sample_weight):
        """The automatic grid of the twin as it is, in its own parameter, from weak to strong."""
        self._take(X, y, sample_weight)
        return [params[self._estimator._strength_parameter.name] for params in self._ladder({}, {})]

    def _ladder(self, params, ladder):
        """``params`` with each strength of the grid added."""
        strength = self._estimator._strength_parameter
        values = ladder.get(strength.name)
        if values is None:
            values = [strength.of(value) for value in self._strengths_of(params)]
        return [{**params, strength.name: value} for value in values]

    def _strengths_of(self, params):
        family = self._posed.family(params)
        return automatic_strengths(family.problem.objective, family.start)

    def held_out(self, X, y, sample_weight, candidates):
        """Exact for squared loss, approximate for the others; rows are validated once, families share a problem.

        Where every fit ended is kept, for :meth:`fitted`.
        """
        self._take(X, y, sample_weight)
        alone, families = self._by_family(candidates, self._one_by_one)
        losses = [None] * len(candidates)
        for place in alone:
            losses[place] = self._alone_held_out(candidates[place].params)
        for params, places, values in families:
            family = self._posed.family(params)
            objective = family.problem.objective
            if not np.isfinite(objective.at(family.start).value):
                for place in places:
                    losses[place] = np.full(objective.n_samples, np.inf)
                continue
            with _threads(objective):
                found = many_losses(objective.terms[0], self._family_held_out(params, family, values))
            for place, each in zip(places, found, strict=True):
                losses[place] = each
        return losses

    def _family_held_out(self, params, family, values):
        """Held-out predictors of one family, one array per strength."""
        posed = self._posed.at_one(params)
        if _around_several(*posed):
            return held_out_around_several(*posed, values)
        path = walked_path(family.problem.objective, family.start, np.array(values), min(self._estimator.tol, _TOL))
        self._walked[key_of(params)] = (values, path.ends)
        return path.held_out

    def _alone_held_out(self, params):
        """A twin's loss of each row under its fit without that row; infinite where a row cannot be left out."""
        twin, source, rows = self._posed.twin(params)
        if _around_several(twin, source, rows) and np.all(np.isinf(twin._strength(source.coef.shape))):
            (eta,) = held_out_around_several(twin, source, rows, [1.0])
            return losses_of(twin._minimiser(source, rows)[0].terms[0], eta)
        problem = twin._pose(rows, source)
        objective, start = problem.objective, problem.start
        if (found := walked_alone(objective, start, twin.tol)) is None:
            result = twin._solve(problem._replace(begin=start), None)[0]
            held_out, information = left_out(objective, result.theta)
            found = held_out, End.of(result, information)
        self._solved[key_of(params)] = (problem, found[1])
        return losses_of(objective.terms[0], found[0])

    def fitted(self, X, y, sample_weight, candidates, chosen):
        """Published where :meth:`held_out` has solved them; fitted one after the other elsewhere."""
        self._take(X, y, sample_weight)
        self._posed.twin(candidates[chosen].params)[0]._validate_params()
        if has_callbacks(self._estimator):
            return refitted(self._estimator, X, y, sample_weight, candidates)
        found = self._published_again(candidates, chosen)
        missing = [place for place in range(len(candidates)) if place not in found]
        rest = refitted(self._estimator, X, y, sample_weight, [candidates[place] for place in missing])
        found.update(zip(missing, rest, strict=True))
        return [found[place] for place in range(len(candidates))]

    def _published_again(self, candidates, chosen):
        """What is solved already, by place; the chosen one is solved anew, as a fit of its own does it."""
        alone, families = self._by_family(candidates, self._one_by_one)
        found = {}
        for place in alone:
            if (solved := self._solved.get(key_of(candidates[place].params))) is not None:
                found[place] = self._published(candidates[place].params, *solved)
        for params, places, values in families:
            known, ends = self._walked.get(key_of(params), ([], None))
            if set(values) <= set(known):
                with _threads(self._posed.family(params).problem.objective):
                    ends = ends([known.index(value) for value in values])
                    own = [candidates[place].params for place in places]
                    found.update(zip(places, self._of_family(params, own, values, ends), strict=True))
        if chosen in found:
            found[chosen] = self._fit(candidates[chosen].params)
        return found

    def _of_family(self, common, own, values, ends):
        """Members along one family: what a mean of linear predictors asks for, else twins.

        Where the estimator's own sources have fitted factors, each twin says what its source was.
        """
        problem = self._posed.family(common).problem
        if self._estimator._link != "logit" and (problem.scales is None or "source" in common):
            twin, _, rows = self._posed.twin({**common, "tol": self._estimator.tol})
            if (light := lightly(twin, problem, rows, ends)) is not None:
                return light
        return [
            self._published(params, problem.times(value), end)
            for params, value, end in zip(own, values, ends, strict=True)
        ]

    def _fit(self, params):
        """What the twin's ``fit`` does once rows are validated."""
        twin, source, rows = self._posed.twin({**params, "tol": self._estimator.tol})
        problem = twin._pose(rows, source)
        twin._dtype = rows.dtype
        twin._publish(*twin._solve(problem, None), problem, rows)
        return twin

    def _published(self, params, problem, end):
        """The twin with these parameters, fitted."""
        twin, _, rows = self._posed.twin({**params, "tol": self._estimator.tol})
        return published(twin, problem, rows, end)

    def _by_family(self, candidates, apart):
        """(places of candidates that stand alone, families: list of (parameters in common, places, strengths)).

        ``apart`` says of parameters whether each strength is a problem of its own.
        """
        strength, alone, families, known = self._estimator._strength_parameter, [], {}, {}
        for place, candidate in enumerate(candidates):
            params = {name: value for name, value in candidate.params.items() if name != strength.name}
            value, key = strength.to(candidate.params[strength.name]), key_of(params)
            if not 0 < value < np.inf:
                alone.append(place)
                continue
            if key not in known:
                known[key] = apart(candidate.params)
            if known[key]:
                alone.append(place)
                continue
            _, places, values = families.setdefault(key, (params, [], []))
            places.append(place)
            values.append(value)
        return alone, list(families.values())

    def evidence(self, X, y, sample_weight, candidates):
        """By one fit each, along families; see :mod:`sktransfer._base._evidence`."""
        if not self._smooth:
            return super().evidence(X, y, sample_weight, candidates)
        self._take(X, y, sample_weight)
        alone, families = self._by_family(candidates, self._bounded) if self.has_path else (range(len(candidates)), [])
        found = np.empty(len(candidates))
        for place in alone:
            twin, source, rows = self._posed.twin(candidates[place].params)
            found[place] = twin._log_evidence(source, rows)
        for params, places, values in families:
            family = self._posed.family(params)
            found[places] = evidence_path(
                family.problem.objective, family.start, np.array(values), min(self._estimator.tol, _TOL)
            )
        return found

    def _one_by_one(self, params):
        """Whether each strength is a problem of its own: factors of the sources meet bounds that depend on it.

        Such a fit is held out on the face of all rows, as is usual where penalties have kinks. Squared loss knows more.

        Wang, Zhou, Lu, Maleki & Mirrokni (2018), Approximate Leave-One-Out for High-Dimensional Non-Differentiable
        Learning Problems.
        """
        return self._bounded(params) and not _around_several(*self._posed.twin(params))

    def _bounded(self, params):
        """Whether factors of the sources have bounds, which they may meet at some strengths."""
        twin, source, _ = self._posed.twin(params)
        return twin._bounds_factors(source)

    def _take(self, X, y, sample_weight):
        """These are the rows from now on; what was made of others is forgotten."""
        data = (X, y, sample_weight)
        if self._posed is None or any(new is not old for new, old in zip(data, self._posed.data, strict=True)):
            self._posed, self._walked, self._solved = PosedRows(self._estimator, data, _TOL), {}, {}

    def row_losses(self, fitted, X, y):
        """The loss that the twin minimises, row by row, without weights."""
        return fitted._row_losses(X, y)

    def average(self, fitted, weights):
        """The mean of predicted probabilities, or of linear predictors, which stay one model.

        That model has the form of the heaviest, and is the mean of those that know its classes.
        """
        if self._estimator._link == "logit":
            return LinearMixture(fitted, weights)
        return mean_predictor(fitted, weights)


def _threads(objective):
    """Small matrices, many of them: threads of BLAS's own would cost more than they save."""
    return single_threaded_blas() if objective.n_free <= _SMALL else objective.threads


def _around_several(twin, source, rows):
    """Whether it is squared loss, and factors of its sources know bounds or a pull that depends on the rows."""
    several = source.members is not None and (len(source.members) > 1 or twin._bounds_factors(source))
    return several and twin._loss(rows).quadratic


def many_losses(term, etas):
    """Each row's loss at several held-out predictors: a list of (n_samples,)."""
    etas = list(etas)
    if len(etas) * etas[0].size > _FEW_LOSSES:
        return [losses_of(term, eta) for eta in etas]
    together = copy.copy(term)
    together.y = np.concatenate([term.y] * len(etas))
    return list(losses_of(together, np.concatenate(etas)).reshape(len(etas), -1))


def losses_of(term, eta):
    """Each row's loss at held-out predictors, infinite where it cannot be left out: (n_samples,)."""
    possible = np.isfinite(eta).all(axis=1)
    losses = term.loss.pointwise(term.y, np.where(possible[:, np.newaxis], eta, 0.0))
    return np.where(possible, losses, np.inf)
