#include "gates.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <string>

#include "monoidal/common/error.hpp"

namespace monoidal::circuit {
namespace {

using Complex = std::complex<double>;
using Kind = BoundGate::Kind;

constexpr std::uint64_t one(std::uint32_t bit) { return std::uint64_t{1} << bit; }

double angle(std::size_t index, Instruction const& in, std::span<double const> theta) {
    double turns = in.shift;
    if (in.parameter >= 0) turns += in.scale * theta[static_cast<std::size_t>(in.parameter)];
    if (!std::isfinite(turns)) {
        throw DomainError("angle of operation " + std::to_string(index) + " is not finite");
    }
    // R_P(p + 2) = R_P(p); the remainder is exact.
    return std::abs(turns) > 2.0 ? std::remainder(turns, 2.0) : turns;
}

std::vector<Complex> rotation(Action action, double turns) {
    double const c = std::cos(std::numbers::pi * turns);
    double const s = std::sin(std::numbers::pi * turns);
    switch (action) {
        case Action::rotate_x: return {c, {0.0, -s}, {0.0, -s}, c};
        case Action::rotate_y: return {c, -s, s, c};
        case Action::rotate_z: return {{c, -s}, 0.0, 0.0, {c, s}};
        default: return {1.0, 0.0, 0.0, {c * c - s * s, 2.0 * c * s}};
    }
}

Kind kind_of(std::vector<Complex> const& m) {
    if (m.size() != 4) return Kind::dense;
    return m[1] == 0.0 && m[2] == 0.0 ? Kind::diagonal : Kind::pair;
}

BoundGate flip(std::uint32_t target, std::uint32_t control, Condition where, std::size_t index) {
    where.mask |= one(control);
    where.values |= one(control);
    return {
        .targets = {target}, .where = where, .matrix = {0.0, 1.0, 1.0, 0.0}, .instruction = index};
}

std::vector<Complex> product(std::vector<Complex> const& a, std::vector<Complex> const& b) {
    return {a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2],
            a[2] * b[1] + a[3] * b[3]};
}

bool is_on_the_same_bits(BoundGate const& a, BoundGate const& b) {
    return a.targets == b.targets && a.where.mask == b.where.mask &&
           a.where.values == b.where.values;
}

}  // namespace

std::uint64_t BoundGate::moved() const {
    std::uint64_t out = 0;
    if (kind == Kind::diagonal) return out;
    for (auto const bit : targets) out |= one(bit);
    return out;
}

std::uint64_t BoundGate::bits() const {
    auto out = where.mask;
    for (auto const bit : targets) out |= one(bit);
    return out;
}

BoundGate BoundGate::inverse() const {
    auto out = *this;
    std::size_t const n = std::size_t{1} << targets.size();
    for (std::size_t row = 0; row < n; ++row) {
        for (std::size_t col = 0; col < n; ++col) {
            out.matrix[n * row + col] = std::conj(matrix[n * col + row]);
        }
    }
    return out;
}

std::vector<BoundGate> bind_angles(Evolution const& evolution, std::span<double const> theta) {
    if (theta.size() != evolution.n_parameters()) {
        throw ShapeError("theta has " + std::to_string(theta.size()) + " values, the circuit has " +
                         std::to_string(evolution.n_parameters()) + " parameters");
    }
    std::vector<BoundGate> out;
    auto const& instructions = evolution.instructions();
    for (std::size_t k = 0; k < instructions.size(); ++k) {
        auto const& in = instructions[k];
        Condition const where{in.controls, in.values};
        if (in.action == Action::swap) {
            auto const a = in.targets[0];
            auto const b = in.targets[1];
            out.push_back(flip(a, b, {}, k));
            out.push_back(flip(b, a, where, k));
            out.push_back(flip(a, b, {}, k));
            continue;
        }
        auto matrix =
            in.action == Action::matrix ? in.matrix : rotation(in.action, angle(k, in, theta));
        auto const kind = in.action == Action::rotate_z || in.action == Action::phase
                              ? Kind::diagonal
                              : kind_of(matrix);
        bool const has_parameter = in.action != Action::matrix && in.parameter >= 0;
        // A rotation by 0 is diagonal as a matrix; its derivative is not.
        out.push_back({has_parameter && in.action < Action::rotate_z ? Kind::pair : kind,
                       in.targets, where, std::move(matrix), in.action,
                       has_parameter ? in.parameter : -1, in.scale, k});
    }
    return out;
}

std::vector<BoundGate> fuse(std::vector<BoundGate> const& gates, bool keeps_parameters) {
    std::vector<BoundGate> out;
    std::size_t last[64];
    std::ranges::fill(last, std::size_t(-1));
    for (auto const& gate : gates) {
        auto const bits = gate.bits();
        std::size_t const before = bits == 0 ? std::size_t(-1) : last[std::countr_zero(bits)];
        bool is_next = before != std::size_t(-1) && gate.kind != Kind::dense;
        for (auto rest = bits; rest != 0; rest &= rest - 1) {
            is_next = is_next && last[std::countr_zero(rest)] == before;
        }
        if (is_next && is_on_the_same_bits(gate, out[before]) &&
            !(keeps_parameters && (gate.parameter >= 0 || out[before].parameter >= 0))) {
            auto& merged = out[before];
            merged.matrix = product(gate.matrix, merged.matrix);
            merged.kind = kind_of(merged.matrix);
            merged.action = Action::matrix;
            merged.parameter = -1;
            continue;
        }
        for (auto rest = bits; rest != 0; rest &= rest - 1) {
            last[std::countr_zero(rest)] = out.size();
        }
        out.push_back(gate);
    }
    return out;
}

std::vector<Stage> plan_stages(std::vector<BoundGate> const& gates, std::uint32_t n_bits,
                               std::uint32_t block_bits, std::uint64_t support) {
    auto const all = n_bits >= 64 ? ~std::uint64_t{0} : one(n_bits) - 1;
    auto const n_row = std::min(n_bits, kRowBits);
    std::vector<std::uint32_t> waiting(gates.size());
    for (std::uint32_t k = 0; k < gates.size(); ++k) waiting[k] = k;
    std::vector<Stage> out;
    while (!waiting.empty()) {
        Stage stage;
        auto active = n_row == 0 ? 0 : one(n_row) - 1;
        std::uint64_t blocked = 0;
        std::vector<std::uint32_t> left;
        std::size_t next = 0;
        for (; next < waiting.size() && blocked != all; ++next) {
            auto const& gate = gates[waiting[next]];
            auto const wanted = active | gate.moved();
            // The first gate of a stage always goes: progress whatever the matrix's size.
            bool const fits = static_cast<std::uint32_t>(std::popcount(wanted)) <= block_bits ||
                              stage.gates.empty();
            if ((gate.bits() & blocked) == 0 && fits) {
                active = wanted;
                stage.gates.push_back(waiting[next]);
            } else {
                blocked |= gate.bits();
                left.push_back(waiting[next]);
            }
        }
        left.insert(left.end(), waiting.begin() + static_cast<std::ptrdiff_t>(next), waiting.end());
        waiting = std::move(left);
        for (auto rest = all & ~active;
             rest != 0 && static_cast<std::uint32_t>(std::popcount(active)) < block_bits;
             rest &= rest - 1) {
            active |= rest & (~rest + 1);
        }
        for (auto rest = active; rest != 0; rest &= rest - 1) {
            stage.bits.push_back(static_cast<std::uint32_t>(std::countr_zero(rest)));
        }
        support |= active;
        stage.support = support;
        out.push_back(std::move(stage));
    }
    return out;
}

}  // namespace monoidal::circuit
