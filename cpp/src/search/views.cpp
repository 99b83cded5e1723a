#include "views.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal::search {

void check_target(Table const& table, std::span<double const> y) {
    if (y.size() != table.n_points()) {
        throw ShapeError("y has " + std::to_string(y.size()) + " values, expected " +
                         std::to_string(table.n_points()) + ", one a point of the table");
    }
    for (std::size_t k = 0; k < y.size(); ++k) {
        if (!std::isfinite(y[k])) throw DomainError("y[" + std::to_string(k) + "] is not finite");
    }
}

std::vector<Shell> shells(std::size_t n_peels, std::size_t n_transforms) {
    std::vector<Shell> all;
    auto const add = [&](Peel how, std::uint32_t entry) {
        for (std::size_t t = 0; t < std::min(n_transforms, kTransforms); ++t) {
            all.push_back({how, entry, static_cast<Transform>(t)});
        }
    };
    add(Peel::none, 0);
    for (std::uint32_t entry = 0; entry < n_peels; ++entry) {
        for (std::size_t p = 1; p < kPeels; ++p) add(static_cast<Peel>(p), entry);
    }
    return all;
}

std::vector<Law> for_each_view(Table const& table, std::span<double const> y,
                               ExploreOptions const& options, std::size_t n_a_task,
                               ThreadPool& pool, Poll const& poll, Look const& body) {
    check_target(table, y);
    auto const all = shells(std::min(options.n_peels, table.size()), options.n_transforms);
    Deadline const deadline(options.max_seconds);
    constexpr std::size_t kRound = 64;  // tasks between two looks at the clock
    std::vector<Law> best;
    for (std::size_t begin = 0; begin < all.size() && !deadline.is_over();
         begin += kRound * n_a_task) {
        auto const end = std::min(begin + kRound * n_a_task, all.size());
        std::vector<std::vector<Law>> found((end - begin + n_a_task - 1) / n_a_task);
        pool.run(found.size(), poll, [&](std::size_t k, Task& task) {
            Point point{};
            std::span<double> const target(point.data(), y.size());
            auto const first = begin + k * n_a_task;
            for (auto s = first; s < std::min(first + n_a_task, end); ++s) {
                Pause pause(task, deadline);
                if (pause.is_over()) return;
                if (look(table, y, all[s], target)) body(all[s], target, found[k], pause);
            }
        });
        for (auto& laws : found) best.insert(best.end(), laws.begin(), laws.end());
        keep_best(best, options.keep);
    }
    return best;
}

}  // namespace monoidal::search
