"""The parts of `symnum.ODERegressor`."""
