"""Systems of equations and their solutions together: what `symnum.prose` is made of."""
