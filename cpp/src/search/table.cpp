#include "monoidal/search/table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "enumeration.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::search {
namespace {

constexpr std::size_t kMaxEntries = std::size_t{1} << 24U;

std::size_t checked_size(std::size_t n_entries) {
    if (n_entries <= kMaxEntries) return n_entries;
    throw TooLargeError("max_entries is " + std::to_string(n_entries) + ", expected at most " +
                        std::to_string(kMaxEntries));
}

}  // namespace

std::uint32_t cost_of(Op op) noexcept {
    switch (op) {
        case Op::exp:
        case Op::log:
        case Op::sin:
        case Op::cos:
        case Op::tan:
        case Op::asin:
        case Op::acos:
        case Op::atan:
        case Op::sinh:
        case Op::cosh:
        case Op::tanh:
        case Op::pow: return 2;
        default: return 1;
    }
}

KeyIndex::KeyIndex(std::size_t capacity)
    : slots_(std::bit_ceil(2 * capacity + 16)), mask_(slots_.size() - 1) {}

bool KeyIndex::insert(std::uint64_t key, std::uint32_t entry) noexcept {
    for (std::size_t at = key & mask_;; at = (at + 1) & mask_) {
        if (slots_[at].entry == kEmpty) {
            slots_[at] = {key, entry};
            return true;
        }
        if (slots_[at].key == key) return false;
    }
}

std::optional<std::uint32_t> KeyIndex::find(std::uint64_t key) const noexcept {
    for (std::size_t at = key & mask_; slots_[at].entry != kEmpty; at = (at + 1) & mask_) {
        if (slots_[at].key == key) return slots_[at].entry;
    }
    return std::nullopt;
}

Table::Table(expression::Columns<double> x, TableOptions const& options, ThreadPool& pool,
             Poll const& poll)
    : n_variables_(x.n_columns),
      n_points_(x.n_rows),
      dimensions_(options.dimensions),
      affine_(checked_size(options.max_entries)),
      scale_(options.max_entries),
      power_(options.max_entries) {
    if (n_points_ < kMinPoints || n_points_ > kMaxPoints) {
        throw ShapeError("x has " + std::to_string(n_points_) + " rows, expected " +
                         std::to_string(kMinPoints) + " to " + std::to_string(kMaxPoints));
    }
    Enumeration(*this, options, pool, poll).run(x);
}

std::span<double const> Table::logs(std::size_t k) const {
    double const* const first = logs_.data() + k * n_points_;
    if (std::isnan(*first)) return {};
    return {first, n_points_};
}

void Table::add_normal_forms(std::size_t k, std::optional<LogForm> const& form,
                             std::optional<std::uint64_t> affine) {
    auto const entry = static_cast<std::uint32_t>(k);
    auto const kind = entries_[k].dimension;
    if (affine) affine_.insert(with_kind(*affine, kind), entry);
    signs_.push_back(form ? form->signs : 0);
    for (std::size_t p = 0; p < n_points_; ++p) {
        logs_.push_back(form ? form->logs[p] : std::numeric_limits<double>::quiet_NaN());
    }
    if (!form) return;
    std::span<double const> const logs(form->logs.data(), n_points_);
    scale_.insert(with_kind(scale_key(logs, form->signs), kind), entry);
    if (form->signs != 0) return;
    if (auto const key = affine_key(logs)) power_.insert(*key, entry);
}

expression::Builder::Id Table::insert(expression::Builder& builder, std::size_t k) const {
    auto const& e = entries_[k];
    if (e.op == Op::variable) return builder.variable(e.a);
    if (e.op == Op::number) return builder.number(static_cast<std::int32_t>(e.a));
    if (e.op == Op::pi) return builder.apply(Op::pi);
    auto const a = insert(builder, e.a);
    auto const b = expression::arity(e.op) == 2 ? insert(builder, e.b) : 0;
    return builder.apply(e.op, a, b);
}

expression::Program Table::program(std::size_t k) const {
    expression::Builder builder(n_variables_);
    return builder.build(insert(builder, k));
}

}  // namespace monoidal::search
