#include "tape.hpp"

#include <algorithm>
#include <numbers>

namespace monoidal::expression {
namespace {

// Places count columns from 0, fixed values and slots from these on.
constexpr std::uint32_t kFirstFixed = 1U << 20U;
constexpr std::uint32_t kFirstSlot = 1U << 21U;
static_assert(kMaxVariables < kFirstFixed && kMaxNodes < kFirstSlot - kFirstFixed);

}  // namespace

template <class T>
void Tape<T>::compile(Candidate const& candidate, std::size_t n_columns) {
    auto const nodes = candidate.program->nodes();
    n_columns_ = n_columns;
    n_slots_ = 0;
    steps_.clear();
    fixed_.clear();
    free_.clear();
    place_.assign(nodes.size(), 0);
    varies_.assign(nodes.size(), false);
    uses_.assign(nodes.size(), 0);
    reads_.assign(n_columns, false);
    for (auto const& node : nodes) {
        if (arity(node.op) > 0) ++uses_[node.a];
        if (arity(node.op) > 1) ++uses_[node.b];
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) compile_node(i, nodes[i], candidate.constants);
    lay_out();
}

template <class T>
void Tape<T>::compile_node(std::size_t index, Node const& node, std::span<double const> constants) {
    if (node.op == Op::variable) {
        place_[index] = node.a;
        varies_[index] = true;
        reads_[node.a] = true;
        return;
    }
    auto const n = arity(node.op);
    varies_[index] = (n > 0 && varies_[node.a]) || (n > 1 && varies_[node.b]);
    if (varies_[index]) {
        compile_step(index, node);
    } else {
        compile_fixed(index, node, constants);
    }
}

template <class T>
void Tape<T>::compile_fixed(std::size_t index, Node const& node,
                            std::span<double const> constants) {
    auto const at = fixed_.size();
    place_[index] = kFirstFixed + static_cast<Place>(at / kPad);
    fixed_.resize(at + kPad);
    auto* const out = fixed_.data() + at;
    switch (node.op) {
        case Op::number:
            std::fill_n(out, kPad, static_cast<T>(static_cast<std::int32_t>(node.a)));
            return;
        case Op::constant: std::fill_n(out, kPad, static_cast<T>(constants[node.a])); return;
        case Op::pi: std::fill_n(out, kPad, std::numbers::pi_v<T>); return;
        default: break;
    }
    auto const operand = [&](std::uint32_t id) {
        return fixed_.data() + (place_[id] - kFirstFixed) * kPad;
    };
    auto const op = static_cast<std::size_t>(node.op);
    if (arity(node.op) == 1) {
        kernels_->unary[op](operand(node.a), out, kPad);
    } else {
        kernels_->binary[op][0](operand(node.a), operand(node.b), out, kPad);
    }
}

template <class T>
void Tape<T>::compile_step(std::size_t index, Node const& node) {
    Step step{.op = node.op, .form = Form::both_vary, .a = place_[node.a], .b = 0, .out = 0};
    if (arity(node.op) > 1) {
        step.b = place_[node.b];
        if (!varies_[node.a]) step.form = Form::left_fixed;
        if (!varies_[node.b]) step.form = Form::right_fixed;
    }
    if (free_.empty()) free_.push_back(kFirstSlot + static_cast<Place>(n_slots_++));
    step.out = place_[index] = free_.back();  // before operands are released: no overlap
    free_.pop_back();
    release(node.a);
    if (arity(node.op) > 1) release(node.b);
    steps_.push_back(step);
}

template <class T>
void Tape<T>::release(std::size_t index) {
    if (--uses_[index] == 0 && place_[index] >= kFirstSlot) free_.push_back(place_[index]);
}

/// Turns places into indices of `pointer_`, and sets all but those of the columns.
template <class T>
void Tape<T>::lay_out() {
    auto const n_fixed = fixed_.size() / kPad;
    slots_.resize(std::max(slots_.size(), (n_slots_ + n_columns_ + 1) * kBlock));
    pointer_.resize(n_columns_ + n_fixed + n_slots_);
    for (std::size_t k = 0; k < n_fixed; ++k) pointer_[n_columns_ + k] = fixed_.data() + k * kPad;
    for (std::size_t k = 0; k < n_slots_; ++k) {
        pointer_[n_columns_ + n_fixed + k] = slots_.data() + k * kBlock;
    }
    auto const index = [&](Place place) {
        if (place >= kFirstSlot)
            return static_cast<Place>(place - kFirstSlot + n_columns_ + n_fixed);
        if (place >= kFirstFixed) return static_cast<Place>(place - kFirstFixed + n_columns_);
        return place;
    };
    for (auto& step : steps_) {
        step.a = index(step.a);
        step.b = index(step.b);
        step.out = index(step.out);
    }
    place_.back() = index(place_.back());
}

template <class T>
void Tape<T>::run(Columns<T> x, std::size_t begin, std::size_t end, T* out) {
    if (!varies_.back()) {
        std::fill_n(out, end - begin, *pointer_[place_.back()]);
        return;
    }
    auto at = begin;
    for (; at + kPad <= end; at += std::min(kBlock, (end - at) / kPad * kPad)) {
        auto const n = std::min(kBlock, (end - at) / kPad * kPad);
        for (std::size_t k = 0; k < n_columns_; ++k) pointer_[k] = x.column(k) + at;
        run_block(n, out + (at - begin));
    }
    if (at == end) return;
    auto* const padded = slots_.data() + n_slots_ * kBlock;
    for (std::size_t k = 0; k < n_columns_; ++k) {
        if (!reads_[k]) continue;
        auto* const copy = padded + (k + 1) * kBlock;
        std::copy_n(x.column(k) + at, end - at, copy);
        std::fill(copy + (end - at), copy + kPad, copy[0]);
        pointer_[k] = copy;
    }
    run_block(kPad, padded);
    std::copy_n(padded, end - at, out + (at - begin));
}

template <class T>
void Tape<T>::run_block(std::size_t n, T* out) {
    if (steps_.empty()) {
        std::copy_n(pointer_[place_.back()], n, out);
        return;
    }
    for (std::size_t k = 0; k + 1 < steps_.size(); ++k) {
        call(steps_[k], const_cast<T*>(pointer_[steps_[k].out]), n);
    }
    call(steps_.back(), out, n);
}

template <class T>
void Tape<T>::call(Step const& step, T* out, std::size_t n) const {
    auto const op = static_cast<std::size_t>(step.op);
    if (op >= kFirstUnary) {
        kernels_->unary[op](pointer_[step.a], out, n);
    } else {
        auto const form = static_cast<std::size_t>(step.form);
        kernels_->binary[op][form](pointer_[step.a], pointer_[step.b], out, n);
    }
}

template class Tape<double>;
template class Tape<float>;

}  // namespace monoidal::expression
