#pragma once

#include "monoidal/diagram/diagram.hpp"

namespace monoidal::diagram {

/// The diagram with every snake pulled straight: a cap and a cup that turn a wire one way and back
/// are gone; those that a wire's ends need (two states joined, a full turn) stay. Swaps are
/// dissolved and put back only where wires must cross. Time is linear in the number of boxes, times
/// the width where wires cross; where a planar
/// diagram leaves the place of a wire open, linear a snake.
///
/// A diagram without swaps gets none. Equal diagrams may have different normal forms, where boxes
/// stand side by side: `are_equal` (equality.hpp) decides.
///
/// Closed components move to the left: a scalar has no place of its own in any category of
/// matrices.
Diagram normal_form(Diagram const& diagram);

}  // namespace monoidal::diagram
