"""A source on another scale: its link changed, its parameters multiplied."""

from dataclasses import replace

from sktransfer.sources._source import changed


def taken_as(source, link):
    """The source as if its scores were of another link, up to a factor; how sure it was is not known on that scale."""
    return changed(source, link=link, precision=None)


def rescaled(source, factor):
    """An aligned source with its parameters times ``factor``, which its alignment reports."""
    return changed(
        source,
        coef=factor * source.coef,
        intercept=factor * source.intercept,
        alignment=replace(source.alignment, scale=float(factor)),
    )
