#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/search/law.hpp"
#include "monoidal/search/table.hpp"

namespace monoidal::search {

struct ExploreOptions {
    std::size_t n_peels = 0;    // the first entries of the table, as f of a peel
    std::size_t n_entries = 0;  // the first of those that fit that are joined; 0 for all
    std::size_t max_terms = 2;  // of a linear combination
    std::size_t n_transforms = kTransforms;  // the first of them
    std::size_t keep = 64;                   // laws returned
    double max_seconds = std::numeric_limits<double>::infinity();
};

/// Each call looks at y through no peel and through every peel by the first `n_peels` entries,
/// and each transform of what is left. `y` has a value a sample point of the table. Results are in
/// order of `keep_best` and do not depend on the number of threads, unless the time ends them.
/// Throws ShapeError or DomainError for a y of another length or that is not finite.

/// Laws of one entry, a f + b or a f^p, by one look in the table each.
std::vector<Law> match(Table const& table, std::span<double const> y, ExploreOptions const& options,
                       ThreadPool& pool, Poll const& poll);

/// Laws of two entries, meeting in the middle: for each f the g with a f g, a f / g or
/// s f + a g + b, s a small rational, by a look in the table.
std::vector<Law> meet(Table const& table, std::span<double const> y, ExploreOptions const& options,
                      ThreadPool& pool, Poll const& poll);

/// Nearest rather than equal: for each view of y the entries with the largest correlation.
std::vector<Law> scan(Table const& table, std::span<double const> y, ExploreOptions const& options,
                      ThreadPool& pool, Poll const& poll);

/// Linear combinations with free weights: all pairs of the first entries and, through no peel,
/// those of cheap entries with dear ones, and triples, then orthogonal least squares (Chen,
/// Billings and Luo, Int. J. Control 50, 1989, doi:10.1080/00207178908953472) from the best of
/// them, up to `max_terms`.
std::vector<Law> pursue(Table const& table, std::span<double const> y,
                        ExploreOptions const& options, ThreadPool& pool, Poll const& poll);

}  // namespace monoidal::search
