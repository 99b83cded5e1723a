// Least squares of a few columns on the sample points of a table.

#include <cmath>

#include "columns.hpp"
#include "monoidal/search/law.hpp"

namespace monoidal::search {
namespace {

constexpr double kLeastPart = 1e-9;

void values_of(Table const& table, Term const& term, double* out) noexcept {
    auto const f = table.values(term.first);
    auto const g = table.values(term.second);
    for (std::size_t k = 0; k < f.size(); ++k) {
        switch (term.join) {
            case Op::mul: out[k] = f[k] * g[k]; break;
            case Op::div: out[k] = f[k] / g[k]; break;
            case Op::pow: out[k] = std::pow(f[k], term.exponent); break;
            case Op::log: out[k] = std::log(std::abs(f[k])); break;
            default: out[k] = f[k]; break;
        }
    }
}

/// Modified Gram-Schmidt, twice over, with back substitution.
class Basis {
public:
    explicit Basis(std::size_t n_points) : n_(n_points) {}

    bool add(Point column) {
        double const size = std::sqrt(dot(column.data(), column.data(), n_));
        if (!(size > 0.0) || !std::isfinite(size)) return false;
        std::vector<double> row(columns_.size(), 0.0);
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t j = 0; j < columns_.size(); ++j) {
                double const part = dot(column.data(), columns_[j].data(), n_);
                row[j] += part;
                for (std::size_t k = 0; k < n_; ++k) column[k] -= part * columns_[j][k];
            }
        }
        double const norm = std::sqrt(dot(column.data(), column.data(), n_));
        if (norm < kLeastPart * size) return false;
        for (std::size_t k = 0; k < n_; ++k) column[k] /= norm;
        row.push_back(norm);
        columns_.push_back(column);
        rows_.push_back(std::move(row));
        return true;
    }

    /// Coefficients of the columns as they were added; what is left of the target stays in it.
    std::vector<double> solve(Point& target) const {
        std::vector<double> x(columns_.size());
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t j = 0; j < columns_.size(); ++j) {
                double const part = dot(target.data(), columns_[j].data(), n_);
                x[j] += part;
                for (std::size_t k = 0; k < n_; ++k) target[k] -= part * columns_[j][k];
            }
        }
        for (std::size_t j = x.size(); j-- > 0;) {
            x[j] /= rows_[j][j];
            for (std::size_t i = 0; i < j; ++i) x[i] -= rows_[j][i] * x[j];
        }
        return x;
    }

    [[nodiscard]] std::size_t size() const { return columns_.size(); }

private:
    std::size_t n_;
    std::vector<Point> columns_;
    std::vector<std::vector<double>> rows_;
};

}  // namespace

bool fit_linear(Table const& table, std::span<double const> target, Law& law, bool with_offset,
                std::span<double const> weights) {
    std::size_t const n = target.size();
    auto const weigh = [&](Point& column) {
        for (std::size_t k = 0; k < weights.size(); ++k) column[k] *= weights[k];
    };
    Basis basis(n);
    for (auto const& term : law.terms) {
        Point column{};
        values_of(table, term, column.data());
        weigh(column);
        if (!basis.add(column)) return false;
    }
    Point ones{};
    ones.fill(1.0);
    weigh(ones);
    with_offset = with_offset && basis.add(ones);
    Point left{};
    double mean = 0.0;
    double size = 0.0;
    for (std::size_t k = 0; k < n; ++k) {
        left[k] = target[k];
        mean += target[k] / static_cast<double>(n);
        size = std::max(size, std::abs(target[k]));
    }
    double spread = 0.0;
    for (double const v : target) spread += (v - mean) * (v - mean);
    weigh(left);
    auto x = basis.solve(left);
    double const misfit = dot(left.data(), left.data(), n);
    law.residual = std::sqrt(weights.empty() ? misfit / spread : misfit);
    law.offset = with_offset ? x.back() : 0.0;
    if (std::abs(law.offset) < 1e-9 * size) law.offset = 0.0;
    if (with_offset) x.pop_back();
    law.coefficients = std::move(x);
    return std::isfinite(law.residual);
}

}  // namespace monoidal::search
