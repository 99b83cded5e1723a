// Searches by correlation: nearest entries, pairs, orthogonal least squares.

#include <algorithm>
#include <cmath>
#include <tuple>

#include "columns.hpp"
#include "pair_kernel.hpp"

namespace monoidal::search {
namespace {

constexpr double kFloor = 1e-16;  // squared misfits below count alike

/// The n smallest by score, the earlier of equals first.
class Smallest {
public:
    struct Item {
        double score;
        std::uint32_t first;
        std::uint32_t second;
        std::uint32_t third = 0;
        bool operator<(Item const& o) const {
            return std::tie(score, first, second, third) <
                   std::tie(o.score, o.first, o.second, o.third);
        }
    };
    explicit Smallest(std::size_t n) : n_(n) {}

    void add(Item const& item) {
        if (heap_.size() == n_ && !(item < heap_.front())) return;
        heap_.push_back(item);
        std::push_heap(heap_.begin(), heap_.end());
        if (heap_.size() <= n_) return;
        std::pop_heap(heap_.begin(), heap_.end());
        heap_.pop_back();
    }
    [[nodiscard]] double bound() const {
        return heap_.size() < n_ ? std::numeric_limits<double>::infinity() : heap_.front().score;
    }
    std::vector<Item> sorted() {
        std::sort_heap(heap_.begin(), heap_.end());
        return heap_;
    }

private:
    std::size_t n_;
    std::vector<Item> heap_;
};

std::size_t n_joined(Table const& table, ExploreOptions const& options) {
    return options.n_entries == 0 ? table.size() : std::min(options.n_entries, table.size());
}

/// Grows one combination after another from the columns of a frame.
class Pursuit {
public:
    Pursuit(Frame const& frame, Columns const& columns)
        : frame_(frame),
          columns_(columns),
          n_(frame.view().n),
          rest_{},
          stride_((columns.size() + kPairBlock - 1) / kPairBlock * kPairBlock),
          lines_(stride_ * n_) {
        std::copy(frame.rest().begin(), frame.rest().end(), rest_.begin());
        target_ = dot(rest_.data(), rest_.data(), n_);
        for (std::size_t k = 0; k < columns.size(); ++k) {
            for (std::size_t p = 0; p < n_; ++p) {
                lines_[p * stride_ + k] = static_cast<float>(columns[k][p]);
            }
        }
    }

    /// Pairs of which the ranks have a product up to that of `n_joined` with itself: costs rise
    /// with the logarithm of the rank, so these are the cheapest pairs.
    std::vector<Smallest::Item> pairs(std::size_t n_joined, std::size_t keep, Pause& pause) const {
        auto const n = columns_.size();
        std::vector<float> along(stride_);
        std::vector<float> discount(stride_);
        for (std::size_t k = 0; k < n; ++k) {
            along[k] = static_cast<float>(columns_.along(k));
            discount[k] = static_cast<float>(std::exp(-exchange() * columns_.cost(k)));
        }
        PairRow const row{lines_.data(), stride_,         n_,
                          along.data(),  discount.data(), static_cast<float>(target_)};
        auto const find = find_pairs();
        Smallest best(keep);
        std::vector<std::uint32_t> found(n + kPairBlock);
        for (std::uint32_t i = 1; i < n; ++i) {
            if (i % 16 == 15 && pause.is_over()) break;
            auto const most = std::exp(2.0 * best.bound() / static_cast<double>(n_)) * discount[i];
            auto const end = std::min<std::size_t>(i, n_joined * n_joined / i);
            auto const bound = static_cast<float>(std::min(most, 1e30));
            auto const count = find(row, i, end, bound, found.data());
            for (std::size_t k = 0; k < count; ++k) add_pair(i, found[k], best);
        }
        return best.sorted();
    }

    /// Triples of which the ranks have a product up to `reach`: two in what a third leaves.
    std::vector<Smallest::Item> triples(double reach, std::size_t keep, Pause& pause) const {
        Smallest best(keep);
        auto const n = std::min(static_cast<std::size_t>(std::cbrt(reach)), columns_.size());
        std::vector<double> gram(n * n);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                gram[i * n + j] = dot(columns_[i], columns_[j], n_);
            }
        }
        std::vector<double> own(n);
        for (std::uint32_t i = 2; i < columns_.size(); ++i) {
            auto const end =
                std::min<std::size_t>(i, static_cast<std::size_t>(std::sqrt(reach / i)));
            if (end < 2 || (i % 64 == 63 && pause.is_over())) break;
            for (std::size_t j = 0; j < std::min(end, n); ++j) {
                own[j] = dot(columns_[i], columns_[j], n_);
            }
            add_triples(i, own, gram, std::min(end, n), best);
        }
        return best.sorted();
    }

    /// Adds the law of these columns, then of one more at a time.
    void grow(std::vector<std::uint32_t> chosen, std::size_t max_terms, std::vector<Law>& laws,
              Pause& pause) const {
        if (chosen.size() >= max_terms) return add_law(chosen, laws);
        std::vector<Point> basis;
        std::vector<float> free(columns_.size(), 1.0F);
        Point left = rest_;
        for (auto const k : chosen) extend(basis, free, left, k);
        for (;;) {
            if (!chosen.empty()) add_law(chosen, laws);
            double const misfit = dot(left.data(), left.data(), n_);
            if (chosen.size() >= max_terms || misfit < 1e-18 || pause.is_over()) return;
            auto const next = best_next(free, left);
            if (next == columns_.size()) return;
            chosen.push_back(static_cast<std::uint32_t>(next));
            extend(basis, free, left, next);
        }
    }

    void add_law(std::vector<std::uint32_t> const& chosen, std::vector<Law>& laws) const {
        std::vector<Feature> features;
        features.reserve(chosen.size());
        for (auto const k : chosen) features.push_back(columns_.feature(k));
        frame_.add_law(features, laws);
    }

private:
    static constexpr double kIndependent = 1e-6;

    /// Of squared misfit for cost, as `score` has it.
    [[nodiscard]] double exchange() const { return 1.0 / static_cast<double>(n_); }
    [[nodiscard]] double scored(double misfit, std::uint32_t cost) const {
        return score(std::sqrt(std::max(misfit, kFloor)), cost, n_);
    }

    void add_pair(std::uint32_t i, std::uint32_t j, Smallest& best) const {
        double const g = dot(columns_[i], columns_[j], n_);
        double const free = 1.0 - g * g;
        if (free < kIndependent) return;
        double const a = columns_.along(i);
        double const b = columns_.along(j);
        double const misfit = target_ - (a * a + b * b - 2.0 * g * a * b) / free;
        best.add({scored(misfit, columns_.cost(i) + columns_.cost(j)), j, i, 0});
    }

    /// Of column i with two of the first `end`; `g` and `gram` are their products.
    void add_triples(std::uint32_t i, std::vector<double> const& g, std::vector<double> const& gram,
                     std::size_t end, Smallest& best) const {
        std::size_t const n = g.size();
        double const ri = columns_.along(i);
        for (std::uint32_t j = 1; j < end; ++j) {
            double const nj = 1.0 - g[j] * g[j];
            double const rj = columns_.along(j) - g[j] * ri;
            if (nj < kIndependent) continue;
            for (std::uint32_t k = 0; k < j; ++k) {
                double const nk = 1.0 - g[k] * g[k];
                double const rk = columns_.along(k) - g[k] * ri;
                double const gjk = gram[j * n + k] - g[j] * g[k];
                double const rest = nj * nk - gjk * gjk;
                if (rest < kIndependent) continue;
                double const gain = (rj * rj * nk + rk * rk * nj - 2.0 * gjk * rj * rk) / rest;
                double const misfit = std::max(target_ - ri * ri - gain, 0.0);
                if (misfit <= best.bound()) best.add({std::max(misfit, 1e-12 * target_), k, j, i});
            }
        }
    }

    /// Of all columns with a direction, in float.
    [[nodiscard]] std::vector<float> products(Point const& direction) const {
        std::vector<float> sums(stride_);
        for (std::size_t p = 0; p < n_; ++p) {
            auto const by = static_cast<float>(direction[p]);
            float const* const line = lines_.data() + p * stride_;
            for (std::size_t k = 0; k < stride_; ++k) sums[k] += by * line[k];
        }
        return sums;
    }

    /// `free` is what the basis leaves of the square of each column.
    [[nodiscard]] std::size_t best_next(std::vector<float> const& free, Point const& left) const {
        constexpr float kRounding = 1e-5F;
        double const size = std::sqrt(dot(left.data(), left.data(), n_));
        Point unit{};
        for (std::size_t p = 0; p < n_; ++p) unit[p] = left[p] / size;
        auto const sums = products(unit);
        std::size_t best = columns_.size();
        float most = 0.0F;
        for (std::size_t k = 0; k < columns_.size(); ++k) {
            float const gain = sums[k] * sums[k];
            if (free[k] < kRounding || gain <= most * free[k]) continue;
            most = gain / free[k];
            best = k;
        }
        return best;
    }

    void extend(std::vector<Point>& basis, std::vector<float>& free, Point& left,
                std::size_t k) const {
        Point q{};
        std::copy(columns_[k], columns_[k] + n_, q.begin());
        for (int pass = 0; pass < 2; ++pass) {
            for (auto const& other : basis) {
                double const part = dot(q.data(), other.data(), n_);
                for (std::size_t p = 0; p < n_; ++p) q[p] -= part * other[p];
            }
        }
        double const size = std::sqrt(dot(q.data(), q.data(), n_));
        if (!(size > 0.0)) return;
        for (std::size_t p = 0; p < n_; ++p) q[p] /= size;
        double const part = dot(left.data(), q.data(), n_);
        for (std::size_t p = 0; p < n_; ++p) left[p] -= part * q[p];
        basis.push_back(q);
        auto const sums = products(q);
        for (std::size_t j = 0; j < free.size(); ++j) free[j] -= sums[j] * sums[j];
    }

    Frame const& frame_;
    Columns const& columns_;
    std::size_t n_;
    Point rest_;
    double target_ = 0.0;
    std::size_t stride_;
    std::vector<float> lines_;  // of all columns, point by point
};

}  // namespace

std::vector<Law> scan(Table const& table, std::span<double const> y, ExploreOptions const& options,
                      ThreadPool& pool, Poll const& poll) {
    auto const n_entries = n_joined(table, options);
    auto const one = [&](View const& view, std::vector<Law>& laws, Pause& pause) {
        Frame const frame(table, view);
        if (!frame.is_sound()) return;
        frame.add_law({}, laws);
        auto const features = frame.features(n_entries);
        auto const rest = frame.rest();
        double const target = dot(rest.data(), rest.data(), view.n);
        Smallest best(options.keep);
        Point column{};
        for (std::uint32_t k = 0; k < features.size(); ++k) {
            if (k % 16384 == 16383 && pause.is_over()) break;
            if (!frame.column(features[k], column.data())) continue;
            double const r = dot(column.data(), rest.data(), view.n);
            double const misfit = std::sqrt(std::max(target - r * r, kFloor));
            auto const cost = table.entry(features[k].entry).cost;
            best.add({score(misfit, cost, view.n), k, 0, 0});
        }
        for (auto const& item : best.sorted()) frame.add_law({features[item.first]}, laws);
        keep_best(laws, options.keep, view.n);
    };
    return for_each_view(table, y, options, 1, pool, poll, one, true);
}

std::vector<Law> pursue(Table const& table, std::span<double const> y,
                        ExploreOptions const& options, ThreadPool& pool, Poll const& poll) {
    constexpr double kTriples = 2e6;  // product of ranks
    constexpr std::size_t kSeeds = 6;
    constexpr std::size_t kPeeled = 24;  // pairs kept behind a peel
    auto const n_entries = n_joined(table, options);
    auto const one = [&](View const& view, std::vector<Law>& laws, Pause& pause) {
        Frame const frame(table, view);
        if (!frame.is_sound()) return;
        bool const is_peeled = view.shell.peel != Peel::none;
        auto features = frame.features(table.size());
        if (is_peeled && features.size() > n_entries) features.resize(n_entries);
        Columns const columns(frame, features, pause);
        if (columns.size() == 0) return;
        Pursuit const pursuit(frame, columns);
        if (options.max_terms > 2) pursuit.grow({}, options.max_terms, laws, pause);
        auto const pairs = pursuit.pairs(n_entries, is_peeled ? kPeeled : options.keep, pause);
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            auto const terms = k < kSeeds ? options.max_terms : 2;
            pursuit.grow({pairs[k].first, pairs[k].second}, terms, laws, pause);
        }
        if (options.max_terms > 2 && !is_peeled) {
            for (auto const& three : pursuit.triples(kTriples, kSeeds, pause)) {
                pursuit.grow({three.first, three.second, three.third}, options.max_terms, laws,
                             pause);
            }
        }
        keep_best(laws, options.keep, view.n);
    };
    return for_each_view(table, y, options, 1, pool, poll, one, true);
}

}  // namespace monoidal::search
