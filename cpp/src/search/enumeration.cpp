#include "enumeration.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace monoidal::search {
namespace {

constexpr std::size_t kFlushAt = 1U << 13U;      // candidates computed before they are taken
constexpr std::uint32_t kLongestRun = 1U << 9U;  // of them in one task

void apply_unary(Op op, std::span<double const> x, double* out) noexcept {
    auto const each = [&](auto f) {
        for (std::size_t k = 0; k < x.size(); ++k) out[k] = f(x[k]);
    };
    switch (op) {
        case Op::neg: return each([](double v) { return -v; });
        case Op::inv: return each([](double v) { return 1.0 / v; });
        case Op::abs: return each([](double v) { return std::abs(v); });
        case Op::sqrt: return each([](double v) { return std::sqrt(v); });
        case Op::pow2: return each([](double v) { return v * v; });
        case Op::pow3: return each([](double v) { return v * v * v; });
        case Op::exp: return each([](double v) { return std::exp(v); });
        case Op::log: return each([](double v) { return std::log(v); });
        case Op::sin: return each([](double v) { return std::sin(v); });
        case Op::cos: return each([](double v) { return std::cos(v); });
        case Op::tan: return each([](double v) { return std::tan(v); });
        case Op::asin: return each([](double v) { return std::asin(v); });
        case Op::acos: return each([](double v) { return std::acos(v); });
        case Op::atan: return each([](double v) { return std::atan(v); });
        case Op::sinh: return each([](double v) { return std::sinh(v); });
        case Op::cosh: return each([](double v) { return std::cosh(v); });
        case Op::tanh: return each([](double v) { return std::tanh(v); });
        default: return each([](double) { return std::nan(""); });
    }
}

void apply_binary(Op op, std::span<double const> x, double const* y, double* out) noexcept {
    auto const each = [&](auto f) {
        for (std::size_t k = 0; k < x.size(); ++k) out[k] = f(x[k], y[k]);
    };
    switch (op) {
        case Op::add: return each([](double a, double b) { return a + b; });
        case Op::sub: return each([](double a, double b) { return a - b; });
        case Op::mul: return each([](double a, double b) { return a * b; });
        case Op::div: return each([](double a, double b) { return a / b; });
        case Op::pow: return each([](double a, double b) { return std::pow(a, b); });
        case Op::min: return each([](double a, double b) { return b < a ? b : a; });
        case Op::max: return each([](double a, double b) { return a < b ? b : a; });
        default: return each([](double, double) { return std::nan(""); });
    }
}

bool is_transcendental(Op op) noexcept {
    return expression::arity(op) == 1 && search::cost_of(op) == 2;
}

/// A sum or difference that lost most of its digits would get a key of noise.
bool is_cancelled(Op op, std::span<double const> a, double const* b, double const* out) noexcept {
    if (op != Op::add && op != Op::sub) return false;
    double operands = 0.0;
    double result = 0.0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        operands = std::max({operands, std::abs(a[k]), std::abs(b[k])});
        result = std::max(result, std::abs(out[k]));
    }
    return result < 1e-5 * operands;
}

}  // namespace

/// The usable candidates of one batch, in order.
struct Enumeration::Made {
    std::vector<double> values;
    std::vector<std::uint64_t> keys;
    std::vector<std::uint32_t> operands;
    std::vector<std::optional<std::uint64_t>> affine;
    std::vector<std::optional<LogForm>> forms;
    Batch batch{};
};

Enumeration::Enumeration(Table& table, TableOptions const& options, ThreadPool& pool,
                         Poll const& poll)
    : table_(table),
      options_(options),
      pool_(pool),
      poll_(poll),
      deadline_(options.max_seconds),
      known_(options.max_entries) {}

bool Enumeration::is_full() const { return is_over_ || table_.size() >= options_.max_entries; }

std::uint32_t Enumeration::cost_of(Op op) const noexcept {
    return op == Op::mul || op == Op::div ? options_.cost_of_product : search::cost_of(op);
}

void Enumeration::run(expression::Columns<double> x) {
    level_.push_back(0);
    for (std::uint32_t cost = 1; cost <= options_.max_cost && !is_full(); ++cost) {
        level_.push_back(static_cast<std::uint32_t>(table_.size()));
        cost_ = cost;
        if (cost == 1) add_leaves(x);
        add_level(cost);
    }
}

void Enumeration::add_leaf(Entry entry, std::span<double const> values) {
    if (table_.size() >= options_.max_entries) return;
    bool const is_number = entry.op != Op::variable;
    bool const may_be_flat = table_.dimensions_.is_typed() && values[0] != 0.0;  // it has units
    if (!is_number && !may_be_flat && !is_usable(values)) return;
    auto const key = with_kind(value_key(values), entry.dimension);
    if (!known_.insert(key, static_cast<std::uint32_t>(table_.size()))) return;
    table_.entries_.push_back(entry);
    table_.values_.insert(table_.values_.end(), values.begin(), values.end());
    auto const k = table_.size() - 1;
    table_.add_normal_forms(k, log_form(values), affine_key(values));
}

void Enumeration::add_leaves(expression::Columns<double> x) {
    for (std::uint32_t k = 0; k < x.n_columns; ++k) {
        add_leaf({Op::variable, k, 0, 1, table_.dimensions_.variable(k)}, {x.column(k), x.n_rows});
    }
    add_leaf({Op::number, 1, 0, 1}, std::vector<double>(x.n_rows, 1.0));
}

void Enumeration::add_level(std::uint32_t cost) {
    std::size_t const n = table_.n_points();
    if (cost == 2) add_leaf({Op::number, 2, 0, 2}, std::vector<double>(n, 2.0));
    if (cost == 3) add_leaf({Op::pi, 0, 0, 3}, std::vector<double>(n, std::numbers::pi));
    for (auto const op : options_.operations) {
        if (expression::arity(op) == 1 && cost_of(op) < cost) add_unary(op, cost - cost_of(op));
    }
    for (std::uint32_t left = 1; left < cost; ++left) add_binary(left, cost);
    flush();
}

void Enumeration::add_unary(Op op, std::uint32_t cost) {
    for (std::uint32_t a = level_[cost]; a < level_[cost + 1]; ++a) {
        auto const inner = table_.entry(a).op;
        if (is_transcendental(op) && is_transcendental(inner)) continue;
        push({op, a, 0, 1, {}});
    }
}

/// The operations take turns, so that a table that fills up within a level has some of each.
void Enumeration::add_binary(std::uint32_t left, std::uint32_t cost) {
    for (std::uint32_t a = level_[left]; a < level_[left + 1] && !is_full(); ++a) {
        for (auto const op : options_.operations) {
            if (expression::arity(op) != 2 || left + cost_of(op) >= cost) continue;
            auto const right = cost - cost_of(op) - left;
            bool const is_symmetric = expression::is_commutative(op);
            if (is_symmetric && left > right) continue;
            auto const first = is_symmetric && left == right ? a : level_[right];
            for (auto b = first; b < level_[right + 1]; b += kLongestRun) {
                push({op, a, b, std::min(b + kLongestRun, level_[right + 1]), {}});
            }
        }
    }
}

void Enumeration::push(Batch batch) {
    if (is_full() || !give_kinds(batch)) return;
    n_candidates_ += batch.last - batch.first;
    batches_.push_back(std::move(batch));
    if (n_candidates_ >= kFlushAt) flush();
}

/// For each kind of the second operand that of the result.
std::vector<Dimensions::Id> const& Enumeration::kinds_of(Op op, Dimensions::Id a) {
    auto& row = kinds_[{op, a}];
    auto const& dimensions = table_.dimensions_;
    for (std::size_t b = row.size(); b < dimensions.size(); ++b) {
        row.push_back(dimensions.find(op, a, static_cast<Dimensions::Id>(b)));
    }
    return row;
}

/// False where no result of the batch has consistent units.
bool Enumeration::give_kinds(Batch& batch) {
    if (!table_.dimensions_.is_typed()) return true;
    bool const is_binary = expression::arity(batch.op) == 2;
    auto const a = table_.entry(batch.a).dimension;
    auto const& row = kinds_of(batch.op, a);
    bool any = false;
    for (auto b = batch.first; b < batch.last; ++b) {
        auto const other = is_binary ? table_.entry(b).dimension : Dimensions::kPure;
        batch.kinds.push_back(row[other]);
        any = any || batch.kinds.back() != Dimensions::kNone;
    }
    return any;
}

void Enumeration::flush() {
    if (batches_.empty()) return;
    std::vector<Made> made(batches_.size());
    pool_.run(batches_.size(), poll_,
              [&](std::size_t k, Task& /*task*/) { make(batches_[k], made[k]); });
    for (auto const& one : made) take(one, cost_);
    batches_.clear();
    n_candidates_ = 0;
    is_over_ = is_over_ || deadline_.is_over();
}

void Enumeration::make(Batch const& batch, Made& made) const {
    made.batch = batch;
    bool const is_binary = expression::arity(batch.op) == 2;
    Point point{};
    std::span<double const> const values(point.data(), table_.n_points());
    auto const a = table_.values(batch.a);
    for (std::uint32_t b = batch.first; b < batch.last; ++b) {
        auto const kind = batch.kind(b);
        if (kind == Dimensions::kNone) continue;
        if (is_binary) {
            double const* const other = table_.values(b).data();
            apply_binary(batch.op, a, other, point.data());
            if (is_cancelled(batch.op, a, other, point.data())) continue;
        } else {
            apply_unary(batch.op, a, point.data());
        }
        if (!is_usable(values)) continue;
        auto const key = with_kind(value_key(values), kind);
        if (known_.find(key)) continue;
        made.values.insert(made.values.end(), values.begin(), values.end());
        made.keys.push_back(key);
        made.operands.push_back(b);
        made.affine.push_back(affine_key(values));
        made.forms.push_back(log_form(values));
    }
}

void Enumeration::take(Made const& made, std::uint32_t cost) {
    auto const n = table_.n_points();
    for (std::size_t k = 0; k < made.keys.size() && table_.size() < options_.max_entries; ++k) {
        auto const index = static_cast<std::uint32_t>(table_.size());
        if (!known_.insert(made.keys[k], index)) continue;
        auto const b = made.operands[k];
        auto const second = expression::arity(made.batch.op) == 2 ? b : 0;
        table_.entries_.push_back({made.batch.op, made.batch.a, second, cost, made.batch.kind(b)});
        auto const at = made.values.begin() + static_cast<std::ptrdiff_t>(k * n);
        table_.values_.insert(table_.values_.end(), at, at + static_cast<std::ptrdiff_t>(n));
        table_.add_normal_forms(index, made.forms[k], made.affine[k]);
    }
}

}  // namespace monoidal::search
