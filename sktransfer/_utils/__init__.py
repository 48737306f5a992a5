"""Small things every room may use: discovery of plug-ins, and the one file that knows scikit-learn's versions."""
