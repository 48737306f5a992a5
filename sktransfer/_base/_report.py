"""What a fit found, in a few plain sentences."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sktransfer._base._findings import CANDIDATES, DETECTED, FACTORS
from sktransfer._utils._compat import validate_data

_MOST = 5
_SURE = 2.0  # standard errors


class Reporting:
    """Mixin of what has ``_findings``."""

    def summary(self, X=None):
        """What the fit found, in plain sentences: does the source help, what is it worth, which coefficients moved.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Rows whose standard deviations make moves of coefficients comparable. None: those of the fit where it
            knows them (``TransferCV``, ``metric="scale"``), else coefficients are compared as they are.

        Returns
        -------
        str
            One sentence a line.

        Examples
        --------
        >>> import numpy as np
        >>> from sktransfer import Source
        >>> from sktransfer.linear_model import TransferRidge
        >>> X = np.random.default_rng(0).normal(size=(20, 3))
        >>> model = TransferRidge(alpha=5.0, source=Source([1.0, 2.0, 3.0])).fit(X, X @ [1.0, 2.0, 4.0])
        >>> print(model.summary(X))
        Whether the source helps was not measured: TransferCV does that.
        The source is worth about 7.3 target rows; there are 20.
        Moved most from the source's, per standard deviation: x2 +0.50 (2.20 to 2.70), x0 +0.03 (1.13 to 1.16), ...
        """
        check_is_fitted(self)
        findings = self._findings()
        if X is not None and findings.moves is not None:
            X = validate_data(self, X, accept_sparse=("csr", "csc"), dtype=(np.float64, np.float32), reset=False)
            findings = findings._replace(moves=findings.moves.measured(X))
        return "\n".join(sentences(findings))


def sentences(findings):
    """The sentences of a summary.

    Parameters
    ----------
    findings : Findings

    Returns
    -------
    list of str
    """
    if not findings.has_source:
        return ["There is no source: the model was fitted on the target's rows alone."]
    said = [*_on_gain(findings), *findings.notes, *_on_worth(findings), *_on_shares(findings)]
    return said + _on_moves(findings.moves) + _on_alignment(findings.alignment)


def _on_gain(findings):
    gain = findings.gain
    if gain is None:
        unknown = "Whether the source helps was not measured: TransferCV does that."
        return [] if findings.notes else [unknown]
    if np.isnan(gain.value):
        return ["No model without the source was tried, so nothing says whether it helps."]
    if not findings.leans:
        return [f"The source is let go: ways to lean on it predict worse ({gain.measure} {gain.with_source:.3g})."]
    goes_down = gain.lower == (gain.value > 0)
    way, sure = "lowers" if goes_down else "raises", not np.isnan(gain.error)
    much = with_error(abs(gain.value), gain.error) if sure else f"{abs(gain.value):.3g}"
    said = (
        f"Leaning on the source {way} the {'held-out ' * sure}{gain.measure} by {much}: {gain.with_source:.3g} with "
        f"it, {gain.without:.3g} without."
    )
    if not sure:
        return [said]
    if gain.value >= _SURE * gain.error:
        return [said]
    if gain.value <= -_SURE * gain.error:
        return [said, "The data show that the source hurts."]
    return [said, "The data do not show that the source helps: this is within two standard errors."]


def with_error(value, error):
    """A number and its standard error, to two digits of the error.

    Examples
    --------
    >>> from sktransfer._base._report import with_error
    >>> with_error(0.04216, 0.0238), with_error(1234.5, 78.9), with_error(0.5, float("nan"))
    ('0.042 +- 0.024', '1234 +- 79', '0.5 +- nan')
    """
    if not (np.isfinite(error) and error > 0):
        return f"{value:.3g} +- {error:.3g}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{value:.{digits}f} +- {error:.{digits}f}"


def _on_worth(findings):
    worth = findings.worth
    if worth is None or np.isnan(worth) or not findings.leans:
        return []
    if worth == 0:
        return ["The source is worth no target row: it is not used."]
    if np.isinf(worth):
        return ["The source is copied: no number of target rows would move its slopes."]
    rows = "" if findings.n_rows is None else f"; there are {count(findings.n_rows)}"
    return [f"The source is worth about {count(worth)} target {'row' if count(worth) == '1' else 'rows'}{rows}."]


def count(rows):
    """A number of rows as one says it: to the row, to two digits below ten and to three above a thousand.

    Examples
    --------
    >>> from sktransfer._base._report import count
    >>> count(0.123), count(8.0), count(139.7), count(12345.6)
    ('0.12', '8', '140', '12300')
    """
    return f"{rows:.2g}" if rows < 10 else f"{round(rows, min(0, 2 - int(np.log10(rows)))):.0f}"


def _on_shares(findings):
    found = []
    candidates, factors, detected = map(findings.of_kind, (CANDIDATES, FACTORS, DETECTED))
    if candidates is not None:
        order = np.argsort(-candidates.weights[0], kind="stable")
        parts = [(candidates.names[k], candidates.weights[0, k]) for k in order if candidates.weights[0, k] > 0]
        mixture = ", ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in parts)
        found.append(f"The model is a mixture: {mixture}." if len(parts) > 1 else f"Chosen: {parts[0][0]}.")
    if factors is not None:
        for group, weights in zip(factors.groups, factors.weights, strict=True):
            each = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(factors.names, weights, strict=True))
            found.append(f"Fitted factors of the sources{f' for {group}' if group else ''}: {each}.")
    if detected is not None:
        helpful = [name for name, chosen in zip(detected.names, detected.chosen, strict=True) if chosen]
        found.append(f"Found to help, of {len(detected.names)} sources: {', '.join(helpful) if helpful else 'none'}.")
    return found


def _on_moves(moves):
    if moves is None:
        return []
    largest, units = moves.largest(), moves.units
    if not largest:
        return [f"No coefficient differs from {moves.origin}."]
    each = []
    for output, feature in largest[:_MOST]:
        before, after = (part[output, feature] * units[feature] for part in (moves.source, moves.target))
        each.append(f"{moves.name(output, feature)} {after - before:+.2f} ({before:.2f} to {after:.2f})")
    rest = len(largest) - len(each)
    same = moves.target.size - len(largest)
    said = f"Moved most from {moves.origin}{'' if moves.spread is None else ', per standard deviation'}: "
    said += ", ".join(each) + (f"; {rest} more moved less" if rest else "") + "."
    return [said, f"{same} of {moves.target.size} coefficients are exactly {moves.origin}."] if same else [said]


def _on_alignment(alignment):
    if alignment is None:
        return []
    notes = (
        ("The source lacks these features, which started from zero", alignment.added_features),
        ("Features of the source that are not here were dropped", alignment.dropped_features),
        ("The source lacks these classes", alignment.added_classes),
        ("Classes of the source that are not here were dropped", alignment.dropped_classes),
    )
    said = [f"{what}: {', '.join(map(str, items))}." for what, items in notes if items]
    if alignment.scale != 1:
        said.append(f"The source was on another scale and is taken {alignment.scale:.3g} times.")
    return said
