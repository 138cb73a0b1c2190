"""What minitorch uses of scikit-learn, which is not typed."""
