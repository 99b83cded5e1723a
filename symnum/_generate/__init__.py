"""Corpora of random formulas: what `symnum.generate` is made of."""
