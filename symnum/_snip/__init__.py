"""Formulas and their points in one space: what `symnum.snip` is made of."""
