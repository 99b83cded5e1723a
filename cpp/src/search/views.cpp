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

namespace {

/// Of y as a peel by an entry of kind `f` leaves it.
Dimensions::Id kind_of(Dimensions const& dimensions, Peel how, Dimensions::Id f) {
    auto const y = dimensions.target();
    switch (how) {
        case Peel::none: return y;
        case Peel::factor: return dimensions.find(Op::div, y, f);
        case Peel::numerator: return dimensions.find(Op::div, f, y);
        case Peel::summand:
        case Peel::subtrahend: return y == f ? y : Dimensions::kNone;
    }
    return Dimensions::kNone;
}

Dimensions::Id kind_of(Dimensions const& dimensions, Transform how, Dimensions::Id h) {
    switch (how) {
        case Transform::identity:
        case Transform::log: return h;
        case Transform::inverse: return dimensions.find(Op::inv, h);
        case Transform::square: return dimensions.find(Op::pow2, h);
        case Transform::inverse_square:
            return dimensions.find(Op::inv, dimensions.find(Op::pow2, h));
        case Transform::root: return dimensions.find(Op::sqrt, h);
        default: return h == Dimensions::kPure ? h : Dimensions::kNone;
    }
}

/// |dh/dy| of a peel, and of a transform of h.
double slope(Peel how, double y, double f) noexcept {
    if (how == Peel::factor) return std::abs(1.0 / f);
    return how == Peel::numerator ? std::abs(f / (y * y)) : 1.0;
}

double slope(Transform how, double h) noexcept {
    switch (how) {
        case Transform::identity: return 1.0;
        case Transform::inverse: return 1.0 / (h * h);
        case Transform::square: return 2.0 * std::abs(h);
        case Transform::inverse_square: return 2.0 / std::abs(h * h * h);
        case Transform::root: return 0.5 / std::sqrt(std::abs(h));
        case Transform::log: return 1.0 / std::abs(h);
        case Transform::exp: return std::exp(h);
        case Transform::sin: return std::abs(std::cos(h));
        case Transform::cos: return std::abs(std::sin(h));
        case Transform::tan: return 1.0 / (std::cos(h) * std::cos(h));
    }
    return 1.0;
}

void weigh(Table const& table, std::span<double const> y, View& view) {
    auto const shell = view.shell;
    auto const f = table.values(shell.entry);
    double mean = 0.0;
    for (double const v : y) mean += v / static_cast<double>(y.size());
    double spread = 0.0;
    double most = 0.0;
    Point peeled{};
    look(table, y, {shell.peel, shell.entry, Transform::identity}, {peeled.data(), y.size()});
    for (std::size_t k = 0; k < y.size(); ++k) {
        spread += (y[k] - mean) * (y[k] - mean);
        if (peeled[k] < 0.0) view.negative |= 1U << k;
        view.weights[k] = slope(shell.peel, y[k], f[k]) * slope(shell.transform, peeled[k]);
        most = std::max(most, view.weights[k]);
    }
    constexpr double kFlattest = 1e-5;
    for (std::size_t k = 0; k < y.size(); ++k) {
        view.weights[k] =
            1.0 / (std::max(view.weights[k], kFlattest * most) * std::sqrt(spread) + 1e-300);
    }
}

}  // namespace

std::optional<View> see(Table const& table, std::span<double const> y, Shell shell, bool any_sign) {
    auto const& dimensions = table.dimensions();
    View view;
    view.shell = shell;
    view.n = y.size();
    view.kind = kind_of(dimensions, shell.peel, table.entry(shell.entry).dimension);
    view.kind = kind_of(dimensions, shell.transform, view.kind);
    if (view.kind == Dimensions::kNone) return std::nullopt;
    if (!look(table, y, shell, {view.values.data(), view.n}, any_sign)) return std::nullopt;
    weigh(table, y, view);
    return view;
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
                               ThreadPool& pool, Poll const& poll, Look const& body,
                               bool any_sign) {
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
            auto const first = begin + k * n_a_task;
            for (auto s = first; s < std::min(first + n_a_task, end); ++s) {
                Pause pause(task, deadline);
                if (pause.is_over()) return;
                if (auto const view = see(table, y, all[s], any_sign)) body(*view, found[k], pause);
            }
        });
        for (auto& laws : found) best.insert(best.end(), laws.begin(), laws.end());
        keep_best(best, options.keep, y.size());
    }
    return best;
}

}  // namespace monoidal::search
