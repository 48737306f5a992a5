"""What never changes may be shared: copies of it are itself."""


class Immutable:
    """Base of objects that refuse to be changed, and are their own copies (so for ``sklearn.clone``)."""

    __slots__ = ()

    def __setattr__(self, name, value):
        kind = type(self).__name__
        raise AttributeError(f"a {kind} is immutable: cannot set {name!r}. Make a new {kind}.")

    def __delattr__(self, name):
        raise AttributeError(f"a {type(self).__name__} is immutable: cannot delete {name!r}.")

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __sklearn_clone__(self):
        return self
