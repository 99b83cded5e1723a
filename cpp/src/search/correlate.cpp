// Searches by correlation: nearest entries, pairs, orthogonal least squares.

#include <algorithm>
#include <cmath>
#include <tuple>

#include "views.hpp"

namespace monoidal::search {
namespace {

/// Columns less their mean, at unit norm; a constant one is all zeros.
class UnitColumns {
public:
    UnitColumns(Table const& table, std::size_t n_entries)
        : n_(table.n_points()), columns_(n_entries * n_) {
        for (std::size_t k = 0; k < n_entries; ++k) {
            auto const v = table.values(k);
            std::copy(v.begin(), v.end(), columns_.begin() + static_cast<std::ptrdiff_t>(k * n_));
            normalise(columns_.data() + k * n_, n_);
        }
    }

    static void normalise(double* v, std::size_t n) noexcept {
        double mean = 0.0;
        double size = 0.0;
        for (std::size_t k = 0; k < n; ++k) mean += v[k] / static_cast<double>(n);
        for (std::size_t k = 0; k < n; ++k) size += (v[k] - mean) * (v[k] - mean);
        double const scale = size > 1e-16 * mean * mean ? 1.0 / std::sqrt(size) : 0.0;
        for (std::size_t k = 0; k < n; ++k) v[k] = (v[k] - mean) * scale;
    }

    [[nodiscard]] double const* operator[](std::size_t k) const { return columns_.data() + k * n_; }
    [[nodiscard]] std::size_t size() const { return columns_.size() / n_; }
    [[nodiscard]] std::size_t n_points() const { return n_; }

private:
    std::size_t n_;
    Buffer columns_;
};

double dot(double const* a, double const* b, std::size_t n) noexcept {
    double s0 = 0.0;
    double s1 = 0.0;
    double s2 = 0.0;
    double s3 = 0.0;
    std::size_t k = 0;
    for (; k + 4 <= n; k += 4) {
        s0 += a[k] * b[k];
        s1 += a[k + 1] * b[k + 1];
        s2 += a[k + 2] * b[k + 2];
        s3 += a[k + 3] * b[k + 3];
    }
    for (; k < n; ++k) s0 += a[k] * b[k];
    return (s0 + s1) + (s2 + s3);
}

/// The n smallest by error, the earlier of equals first.
class Smallest {
public:
    struct Item {
        double error;
        std::uint32_t first;
        std::uint32_t second;
        std::uint32_t third = 0;
        bool operator<(Item const& o) const {
            return std::tie(error, first, second, third) <
                   std::tie(o.error, o.first, o.second, o.third);
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
        return heap_.size() < n_ ? std::numeric_limits<double>::infinity() : heap_.front().error;
    }
    std::vector<Item> sorted() {
        std::sort_heap(heap_.begin(), heap_.end());
        return heap_;
    }

private:
    std::size_t n_;
    std::vector<Item> heap_;
};

void add_law(Table const& table, Shell shell, std::span<double const> target,
             std::vector<Term> terms, std::vector<Law>& laws) {
    Law law;
    law.shell = shell;
    law.terms = std::move(terms);
    if (!fit_linear(table, target, law, true)) return;
    law.cost = cost_of(table, law);
    laws.push_back(std::move(law));
}

/// Grows one combination after another from the target and unit columns.
class Pursuit {
public:
    Pursuit(Table const& table, UnitColumns const& units, Shell shell,
            std::span<double const> target)
        : table_(table), units_(units), shell_(shell), target_(target) {
        std::copy(target.begin(), target.end(), z_.begin());
        UnitColumns::normalise(z_.data(), target.size());
        for (std::size_t k = 0; k < units.size(); ++k) {
            r_.push_back(dot(units[k], z_.data(), target.size()));
        }
    }

    std::vector<Smallest::Item> pairs(std::size_t n_entries, std::size_t keep, Pause& pause) const {
        Smallest best(keep);
        std::size_t const n = target_.size();
        for (std::uint32_t i = 0; i < std::min(n_entries, units_.size()); ++i) {
            if (i % 16 == 15 && pause.is_over()) break;
            for (std::uint32_t j = 0; j < i; ++j) {
                double const g = dot(units_[i], units_[j], n);
                double const rest = 1.0 - g * g;
                if (rest < 1e-9) continue;
                double const gain = r_[i] * r_[i] + r_[j] * r_[j] - 2.0 * g * r_[i] * r_[j];
                double const error = std::max(1.0 - gain / rest, 1e-13);
                if (error <= best.bound()) best.add({error, j, i, 0});
            }
        }
        return best.sorted();
    }

    /// All triples of the first entries: two of them in what a third leaves of target and entries.
    std::vector<Smallest::Item> triples(std::size_t n_entries, std::size_t keep,
                                        Pause& pause) const {
        Smallest best(keep);
        std::size_t const n = std::min(n_entries, units_.size());
        std::vector<double> gram(n * n);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                gram[i * n + j] = dot(units_[i], units_[j], target_.size());
            }
        }
        for (std::uint32_t i = 2; i < n && !pause.is_over(); ++i) {
            add_triples(i, gram, n, best);
        }
        return best.sorted();
    }

    void grow(std::vector<std::uint32_t> chosen, std::size_t max_terms, std::vector<Law>& laws,
              Pause& pause) const {
        std::vector<Point> basis;
        Point left = z_;
        for (auto const k : chosen) extend(basis, left, k);
        for (;;) {
            std::vector<Term> terms;
            for (auto const k : chosen) terms.push_back({Op::number, k, 0, 1.0});
            if (!terms.empty()) add_law(table_, shell_, target_, std::move(terms), laws);
            double const error = dot(left.data(), left.data(), target_.size());
            if (chosen.size() >= max_terms || error < 1e-18 || pause.is_over()) return;
            auto const next = best_next(basis, left);
            if (next == units_.size()) return;
            chosen.push_back(static_cast<std::uint32_t>(next));
            extend(basis, left, next);
        }
    }

private:
    void add_triples(std::uint32_t i, std::vector<double> const& gram, std::size_t n,
                     Smallest& best) const {
        double const* const g = gram.data() + i * n;
        for (std::uint32_t j = 1; j < i; ++j) {
            double const nj = 1.0 - g[j] * g[j];
            double const rj = r_[j] - g[j] * r_[i];
            if (nj < kIndependent) continue;
            for (std::uint32_t k = 0; k < j; ++k) {
                double const nk = 1.0 - g[k] * g[k];
                double const rk = r_[k] - g[k] * r_[i];
                double const gjk = gram[j * n + k] - g[j] * g[k];
                double const rest = nj * nk - gjk * gjk;
                if (rest < kIndependent) continue;
                double const gain = (rj * rj * nk + rk * rk * nj - 2.0 * gjk * rj * rk) / rest;
                double const error = std::max(1.0 - r_[i] * r_[i] - gain, 1e-12);
                if (error <= best.bound()) best.add({error, k, j, i});
            }
        }
    }

    static constexpr double kIndependent = 1e-6;

    [[nodiscard]] std::size_t best_next(std::vector<Point> const& basis, Point const& left) const {
        std::size_t best = units_.size();
        double most = 0.0;
        std::size_t const n = target_.size();
        for (std::size_t k = 0; k < units_.size(); ++k) {
            double const r = dot(units_[k], left.data(), n);
            double rest = 1.0;
            if (r * r <= most * 1e-6) continue;
            for (auto const& q : basis) {
                double const part = dot(units_[k], q.data(), n);
                rest -= part * part;
            }
            if (rest < 1e-6 || r * r <= most * rest) continue;
            most = r * r / rest;
            best = k;
        }
        return best;
    }

    void extend(std::vector<Point>& basis, Point& left, std::size_t k) const {
        std::size_t const n = target_.size();
        Point q{};
        std::copy(units_[k], units_[k] + n, q.begin());
        for (int pass = 0; pass < 2; ++pass) {
            for (auto const& other : basis) {
                double const part = dot(q.data(), other.data(), n);
                for (std::size_t p = 0; p < n; ++p) q[p] -= part * other[p];
            }
        }
        double const size = std::sqrt(dot(q.data(), q.data(), n));
        if (!(size > 0.0)) return;
        for (std::size_t p = 0; p < n; ++p) q[p] /= size;
        double const part = dot(left.data(), q.data(), n);
        for (std::size_t p = 0; p < n; ++p) left[p] -= part * q[p];
        basis.push_back(q);
    }

    Table const& table_;
    UnitColumns const& units_;
    Shell shell_;
    std::span<double const> target_;
    Point z_{};
    std::vector<double> r_;
};

std::size_t n_joined(Table const& table, ExploreOptions const& options) {
    return options.n_entries == 0 ? table.size() : std::min(options.n_entries, table.size());
}

}  // namespace

std::vector<Law> scan(Table const& table, std::span<double const> y, ExploreOptions const& options,
                      ThreadPool& pool, Poll const& poll) {
    UnitColumns const units(table, n_joined(table, options));
    auto const one = [&](Shell shell, std::span<double const> target, std::vector<Law>& laws,
                         Pause& pause) {
        Point z{};
        std::copy(target.begin(), target.end(), z.begin());
        UnitColumns::normalise(z.data(), target.size());
        Smallest best(options.keep);
        for (std::uint32_t k = 0; k < units.size(); ++k) {
            if (k % 65536 == 65535 && pause.is_over()) break;
            double const r = dot(units[k], z.data(), target.size());
            double const error = std::max(1.0 - r * r, 1e-13);
            if (error <= best.bound()) best.add({error, k, 0, 0});
        }
        for (auto const& item : best.sorted()) {
            add_law(table, shell, target, {{Op::number, item.first}}, laws);
        }
    };
    return for_each_view(table, y, options, 4, pool, poll, one);
}

std::vector<Law> pursue(Table const& table, std::span<double const> y,
                        ExploreOptions const& options, ThreadPool& pool, Poll const& poll) {
    UnitColumns const units(table, n_joined(table, options));
    constexpr std::size_t kPairs = 4'096;  // all pairs of so many entries; more by pursuit only
    constexpr std::size_t kTriples = 300;
    constexpr std::size_t kSeeds = 12;
    auto const one = [&](Shell shell, std::span<double const> target, std::vector<Law>& laws,
                         Pause& pause) {
        Pursuit const pursuit(table, units, shell, target);
        pursuit.grow({}, options.max_terms, laws, pause);
        for (auto const& pair : pursuit.pairs(kPairs, kSeeds, pause)) {
            pursuit.grow({pair.first, pair.second}, options.max_terms, laws, pause);
        }
        if (options.max_terms < 3 || shell.peel != Peel::none) return;
        for (auto const& three : pursuit.triples(kTriples, kSeeds, pause)) {
            pursuit.grow({three.first, three.second, three.third}, options.max_terms, laws, pause);
        }
    };
    return for_each_view(table, y, options, 1, pool, poll, one);
}

}  // namespace monoidal::search
