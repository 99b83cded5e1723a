#include "tape.hpp"

#include <algorithm>
#include <numbers>

namespace monoidal::ode {

using namespace expression;

namespace {

constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

}  // namespace

Tape::Tape(std::span<Program const> roots, std::size_t n_states, std::size_t stride)
    : n_states_(n_states), stride_(stride) {
    Builder graph(roots.front().n_variables());
    std::vector<Id> variables;
    variables.reserve(roots.front().n_variables());
    for (std::size_t k = 0; k < roots.front().n_variables(); ++k) {
        variables.push_back(graph.variable(k));
    }
    std::vector<Id> ids;
    ids.reserve(roots.size());
    for (auto const& root : roots) ids.push_back(graph.insert(root, variables));
    compile(graph);
    place_roots(ids);
    place_slots();
    point_at_rows(graph);
}

void Tape::compile(Builder const& graph) {
    kind_.assign(graph.size(), Kind::fixed);
    row_of_.assign(graph.size(), kNoRow);
    for (Id id = 0; id < graph.size(); ++id) {
        Node const& node = graph.node(id);
        if (arity(node.op) == 0) {
            compile_leaf(id, node);
        } else {
            compile_operation(id, node);
        }
    }
}

void Tape::compile_leaf(Id id, Node const& node) {
    if (node.op != Op::variable) {
        row_of_[id] = n_rows_++;
        return;
    }
    kind_[id] = node.a <= n_states_ ? Kind::varies : Kind::steady;
    if (node.a < n_states_) states_.push_back({.node = id, .row = node.a});
    if (node.a > n_states_) parameters_.push_back({.node = id, .row = node.a - n_states_ - 1});
}

void Tape::compile_operation(Id id, Node const& node) {
    bool const binary = arity(node.op) == 2;
    auto const right = binary ? node.b : node.a;
    kind_[id] = std::max(kind_[node.a], kind_[right]);
    auto form = Form::both_vary;
    if (kind_[id] != Kind::fixed) {
        if (kind_[right] == Kind::fixed) form = Form::right_fixed;
        if (kind_[node.a] == Kind::fixed) form = Form::left_fixed;
    }
    // What varies gets a slot later; the rest keeps its row.
    if (kind_[id] != Kind::varies) row_of_[id] = n_rows_++;
    (kind_[id] == Kind::varies ? steps_ : steady_)
        .push_back({.op = node.op, .form = form, .a = node.a, .b = right, .out = id});
}

void Tape::place_roots(std::span<Id const> roots) {
    is_written_.assign(kind_.size(), false);
    std::vector<bool> computed(kind_.size(), false);
    for (auto const& step : steps_) computed[step.out] = true;
    for (std::size_t row = 0; row < roots.size(); ++row) {
        auto const id = roots[row];
        if (computed[id] && !is_written_[id]) {
            is_written_[id] = true;
            written_.push_back({.node = id, .row = row});
        } else {
            copied_.push_back({.node = id, .row = row});
        }
    }
}

/// A row is free again after the last step that reads it.
void Tape::place_slots() {
    std::vector<std::size_t> last_use(kind_.size(), 0);
    for (std::size_t k = 0; k < steps_.size(); ++k) {
        last_use[steps_[k].a] = k;
        last_use[steps_[k].b] = k;
    }
    std::vector<bool> is_slot(kind_.size(), false);
    std::vector<std::size_t> free;
    for (std::size_t k = 0; k < steps_.size(); ++k) {
        auto const& step = steps_[k];
        if (!is_written_[step.out]) {
            is_slot[step.out] = true;
            if (free.empty()) free.push_back(n_rows_++);
            row_of_[step.out] = free.back();
            free.pop_back();
        }
        for (auto const operand : {step.a, step.b}) {
            if (!is_slot[operand] || last_use[operand] != k) continue;
            is_slot[operand] = false;  // the same operand twice is freed once
            free.push_back(row_of_[operand]);
        }
    }
}

void Tape::point_at_rows(Builder const& graph) {
    rows_.assign(n_rows_ * stride_, 0.0);
    source_.assign(kind_.size(), nullptr);
    target_.assign(kind_.size(), nullptr);
    for (Id id = 0; id < kind_.size(); ++id) {
        if (row_of_[id] == kNoRow) continue;
        source_[id] = target_[id] = rows_.data() + row_of_[id] * stride_;
        Node const& node = graph.node(id);
        if (arity(node.op) > 0) continue;
        auto const value =
            node.op == Op::pi ? std::numbers::pi : static_cast<double>(static_cast<int>(node.a));
        std::fill_n(target_[id], stride_, value);
    }
    for (Id id = 0; id < kind_.size(); ++id) {
        Node const& node = graph.node(id);
        if (node.op == Op::variable && node.a == n_states_) time_nodes_.push_back(id);
    }
    // Only a formula that uses t reads it: the node is there for every system.
    auto const reads = [&](Id id) {
        auto const is_it = [&](auto const& s) { return s.a == id || s.b == id; };
        auto const is_root = [&](auto const& r) { return r.node == id; };
        return std::ranges::any_of(steps_, is_it) || std::ranges::any_of(copied_, is_root);
    };
    std::erase_if(time_nodes_, [&](Id id) { return !reads(id); });
    for (auto const& step : steady_) {
        if (kind_[step.out] == Kind::fixed) call(step, 0, stride_);
    }
}

void Tape::set_parameters(double const* parameters) {
    for (auto const& p : parameters_) source_[p.node] = parameters + p.row * stride_;
}

void Tape::call(Step const& step, std::size_t offset, std::size_t n) const noexcept {
    auto const op = static_cast<std::size_t>(step.op);
    auto const* const a = source_[step.a] + (step.form == Form::left_fixed ? 0 : offset);
    auto const* const b = source_[step.b] + (step.form == Form::right_fixed ? 0 : offset);
    if (arity(step.op) == 2) {
        kernels_->binary[op][static_cast<std::size_t>(step.form)](a, b, target_[step.out] + offset,
                                                                  n);
    } else {
        kernels_->unary[op](a, target_[step.out] + offset, n);
    }
}

void Tape::prepare(std::size_t first, std::size_t n) noexcept {
    for (auto const& step : steady_) {
        if (kind_[step.out] == Kind::steady) call(step, first, n);
    }
}

void Tape::run(double const* states, double const* time, double* out, std::size_t n) noexcept {
    for (auto const& s : states_) source_[s.node] = states + s.row * stride_;
    for (auto const id : time_nodes_) source_[id] = time;
    for (auto const& r : written_) source_[r.node] = target_[r.node] = out + r.row * stride_;
    for (auto const& step : steps_) call(step, 0, n);
    for (auto const& r : copied_) {
        bool const fixed = kind_[r.node] == Kind::fixed;
        auto const* const from = source_[r.node];
        auto* const to = out + r.row * stride_;
        if (fixed) {
            std::fill_n(to, n, *from);
        } else {
            std::copy_n(from, n, to);
        }
    }
}

}  // namespace monoidal::ode
