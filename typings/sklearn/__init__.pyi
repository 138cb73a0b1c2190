"""The part of scikit-learn that minitorch uses."""

__version__: str
