"""Any function of rows: features = function(rows)."""

from sktransfer.representation._readers._arrays import ArrayReader
from sktransfer.representation._readers._content import digest
from sktransfer.representation._texts import as_list, is_text


class CallableReader(ArrayReader):
    """It must treat each row by itself: rows are passed in batches. It gets a copy of them."""

    kind, specificity = "a function of the rows", 0

    @classmethod
    def accepts(cls, model):
        """Whatever can be called."""
        return callable(model)

    @property
    def label(self):
        """The function's name, or its class's."""
        name = getattr(self.model, "__name__", type(self.model).__name__)
        return name.strip("<>").lower()

    @property
    def content(self):
        """Its code and all that it refers to."""
        return digest(self.model)

    def rows(self, X, names=None):
        """A list of strings of one column of them; else numbers, each row in its shape."""
        return as_list(X) if self.input_shape is None and is_text(X) else super().rows(X, names)

    def _values(self, batch, layers, output):
        return [self.model(batch.copy())]
