#pragma once

#include <span>
#include <vector>

#include "stream.hpp"

namespace monoidal::generate {

/// A random distribution of inputs: a mixture of 1 to 9 normal or uniform clouds in a random
/// orientation, or a box of physical ranges, log-uniform in place and width.
class Cloud {
public:
    Cloud(Stream& random, std::size_t n_variables);

    /// One point, of single precision; `point` has one number a variable.
    void draw(Stream& random, std::span<double> point) const;

private:
    enum class Kind { normal, uniform, box };

    void rotation(Stream& random);

    Kind kind_;
    std::size_t n_;
    std::vector<double> ends_;     // of the clouds, in [0, 1]
    std::vector<double> centres_;  // n of each cloud
    std::vector<double> widths_;   // the same
    std::vector<double> axes_;     // n rows of n, orthonormal
};

}  // namespace monoidal::generate
