"""Derivations: what `symnum.derivations` is made of."""
