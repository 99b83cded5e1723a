"""From points to skeletons of formulas: what `symnum.propose` is made of."""
