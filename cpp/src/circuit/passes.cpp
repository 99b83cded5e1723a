#include "passes.hpp"

namespace monoidal::circuit {
namespace {

using Kind = BoundGate::Kind;

Pattern pattern(std::vector<std::complex<double>> const& m) {
    bool const is_diagonal_real = m[0].imag() == 0 && m[3].imag() == 0;
    if (is_diagonal_real && m[1].imag() == 0 && m[2].imag() == 0) return Pattern::real;
    if (is_diagonal_real && m[1].real() == 0 && m[2].real() == 0) return Pattern::cross;
    return Pattern::general;
}

LocalGate scaled(BoundGate const& gate, BlockLayout const& layout, bool value) {
    auto where = gate.where;
    auto const bit = std::uint64_t{1} << gate.targets[0];
    where.mask |= bit;
    if (value) where.values |= bit;
    LocalGate out;
    out.kind = Kind::diagonal;
    std::tie(out.scale.where, out.outside) = layout.split(where);
    auto const number = gate.matrix[value ? 3 : 0];
    out.scale.re = number.real();
    out.scale.im = number.imag();
    return out;
}

}  // namespace

BlockLayout::BlockLayout(Stage const& stage, std::uint32_t n_bits, std::uint64_t support)
    : n_held_(static_cast<std::uint32_t>(stage.bits.size())),
      n_block_bits_(std::max(n_held_, kRowBits)) {
    for (auto const bit : stage.bits) inner_ |= std::uint64_t{1} << bit;
    auto const all = n_bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n_bits) - 1;
    outer_ = all & ~inner_ & support;
    n_row_bits_ = static_cast<std::uint32_t>(std::countr_one(inner_));
}

std::pair<Condition, Condition> BlockLayout::split(Condition const& where) const {
    Condition inside;
    for (auto rest = where.mask & inner_; rest != 0; rest &= rest - 1) {
        auto const bit = static_cast<std::uint32_t>(std::countr_zero(rest));
        auto const here = std::uint64_t{1} << place(bit);
        inside.mask |= here;
        if ((where.values >> bit & 1) != 0) inside.values |= here;
    }
    return {inside, {where.mask & ~inner_, where.values & ~inner_}};
}

std::uint32_t BlockLayout::place(std::uint32_t bit) const {
    return static_cast<std::uint32_t>(std::popcount(inner_ & ((std::uint64_t{1} << bit) - 1)));
}

std::vector<LocalGate> localise(BoundGate const& gate, BlockLayout const& layout) {
    if (gate.kind == Kind::diagonal) {
        std::vector<LocalGate> out;
        for (bool const value : {false, true}) {
            if (gate.matrix[value ? 3 : 0] != 1.0) out.push_back(scaled(gate, layout, value));
        }
        return out;
    }
    LocalGate local;
    local.kind = gate.kind;
    auto const [inside, outside] = layout.split(gate.where);
    local.outside = outside;
    std::vector<double> numbers;
    for (auto const& z : gate.matrix) numbers.insert(numbers.end(), {z.real(), z.imag()});
    if (gate.kind == Kind::pair) {
        local.pair.pattern = pattern(gate.matrix);
        local.pair.target = layout.place(gate.targets[0]);
        local.pair.where = inside;
        std::ranges::copy(numbers, local.pair.m);
    } else {
        local.dense.n_targets = static_cast<std::uint32_t>(gate.targets.size());
        for (std::size_t k = 0; k < gate.targets.size(); ++k) {
            local.dense.targets[k] = layout.place(gate.targets[k]);
        }
        local.dense.where = inside;
        local.numbers = std::move(numbers);
    }
    return {std::move(local)};
}

}  // namespace monoidal::circuit
