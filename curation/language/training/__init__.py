"""How heads and weights are learnt. Imported only while something is learnt: scikit-learn and SciPy are."""
