"""One file a method: ``fit(knowledge, X, y)`` returns a fitted model of the target's rows.

``KNOWS`` names what of the :class:`~benchmarks.transfer._knowledge.Knowledge` it uses, which is prepared before the
clock starts; ``KINDS``, where it is there, the kinds of tasks it is for; ``NEEDS`` a package that may be missing.
"""
