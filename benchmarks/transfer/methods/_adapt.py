"""What the methods of the package adapt share: silence, and predictions of standardised rows.

adapt's feature and instance methods take any estimator: it is scikit-learn's, at the strength that cross-validation
chose on the source. adapt imports TensorFlow; install it and sktransfer in an environment of their own.
"""

import contextlib
import io
import os


@contextlib.contextmanager
def silent():
    """adapt and TensorFlow print."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def plain(knowledge):
    """scikit-learn's model at the source's strength."""
    return knowledge.kind.at(knowledge.strength)


class Mapped:
    """Predictions of a model of the target's transformed rows."""

    def __init__(self, transform, model):
        self.transform, self.model = transform, model

    @property
    def classes_(self):
        """Of the model."""
        return self.model.classes_

    def predict(self, X):
        """The mean."""
        return self.model.predict(self.transform(X)).ravel()

    def predict_proba(self, X):
        """Of the classes."""
        return self.model.predict_proba(self.transform(X))
