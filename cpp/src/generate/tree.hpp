#pragma once

#include "monoidal/expression/program.hpp"
#include "monoidal/generate/functions.hpp"
#include "stream.hpp"

namespace monoidal::generate {

/// A random formula as it is drawn, before any rewriting; it may not use all of its variables.
expression::Program sample_tree(Stream& random, FunctionOptions const& options);

}  // namespace monoidal::generate
