"""The parts of `symnum.SymbolicRegressor`."""
