#include "monoidal/ode/system.hpp"

#include <string>

#include "monoidal/common/error.hpp"
#include "monoidal/expression/derive.hpp"

namespace monoidal::ode {

using namespace expression;

namespace {

using Id = Builder::Id;

void check(std::vector<Program> const& programs, std::size_t n_variables) {
    if (programs.empty()) throw DomainError("system has 0 equations, expected at least 1");
    if (programs.size() > kMaxStates) {
        throw TooLargeError("system has " + std::to_string(programs.size()) +
                            " equations, the limit is " + std::to_string(kMaxStates));
    }
    for (std::size_t i = 0; i < programs.size(); ++i) {
        if (programs[i].n_variables() == n_variables) continue;
        throw ShapeError("equation " + std::to_string(i) + " has " +
                         std::to_string(programs[i].n_variables()) + " variables, expected " +
                         std::to_string(n_variables));
    }
}

void check_indices(std::span<std::size_t const> indices, std::size_t n, char const* what) {
    for (auto const index : indices) {
        if (index < n) continue;
        throw ShapeError(std::string(what) + " has index " + std::to_string(index) +
                         ", expected below " + std::to_string(n));
    }
}

/// The program over `n_variables`, its constants being the variables from `first` on.
Program lift(Program const& program, std::size_t n_variables, std::size_t first) {
    Builder out(n_variables);
    std::vector<Id> map(program.size());
    for (std::size_t i = 0; i < program.size(); ++i) {
        Node const& node = program.nodes()[i];
        switch (node.op) {
            case Op::number: map[i] = out.number(static_cast<std::int32_t>(node.a)); break;
            case Op::constant: map[i] = out.variable(first + node.a); break;
            case Op::variable: map[i] = out.variable(node.a); break;
            default:
                map[i] = out.apply(node.op, arity(node.op) > 0 ? map[node.a] : 0,
                                   arity(node.op) > 1 ? map[node.b] : 0);
        }
    }
    return out.build(map.back());
}

bool is_zero(Program const& program) {
    return program.size() == 1 && program.nodes()[0] == Node{.op = Op::number, .a = 0, .b = 0};
}

/// Writes the equations of a system and of its sensitivities over one list of variables.
class Augmenter {
public:
    Augmenter(std::span<Program const> equations, std::size_t n_all, std::size_t n_parameters)
        : equations_(equations), n_(equations.size()), out_(n_all + 1 + n_parameters) {
        for (std::size_t k = 0; k < n_; ++k) place_.push_back(out_.variable(k));
        for (std::size_t k = 0; k <= n_parameters; ++k) {
            place_.push_back(out_.variable(n_all + k));
        }
        for (auto const& f : equations_) {
            value_.push_back(out_.insert(f, place_));
            for (std::size_t j = 0; j < n_; ++j) slope_.push_back(derivative(f, j));
        }
    }

    void add_own(std::vector<Program>& out) const {
        for (auto const id : value_) out.push_back(out_.build(id));
    }

    /// The equations of one direction, whose states begin at `first`; `parameter` is its variable
    /// among those of the equations, or 0 for a direction of the initial condition.
    void add_direction(std::size_t first, std::size_t parameter, std::vector<Program>& out) {
        for (std::size_t i = 0; i < n_; ++i) {
            auto sum = parameter == 0 ? kNothing : derivative(equations_[i], parameter);
            for (std::size_t j = 0; j < n_; ++j) {
                auto const slope = slope_[i * n_ + j];
                if (slope == kNothing) continue;
                auto const term = out_.apply(Op::mul, slope, out_.variable(first + j));
                sum = sum == kNothing ? term : out_.apply(Op::add, sum, term);
            }
            out.push_back(out_.build(sum == kNothing ? out_.number(0) : sum));
        }
    }

private:
    static constexpr Id kNothing = 0xffffffffU;

    Id derivative(Program const& f, std::size_t variable) {
        auto const slope = derive(f, Wrt::variables, variable);
        return is_zero(slope) ? kNothing : out_.insert(slope, place_);
    }

    std::span<Program const> equations_;
    std::size_t n_;
    Builder out_;
    std::vector<Id> place_;
    std::vector<Id> value_;
    std::vector<Id> slope_;
};

}  // namespace

System::System(std::vector<Program> const& programs, std::size_t n_named)
    : n_own_(programs.size()), n_parameters_(n_named) {
    check(programs, programs.size() + 1 + n_named);
    for (auto const& program : programs) n_parameters_ += program.n_constants();
    auto first = n_own_ + 1 + n_named;
    for (auto const& program : programs) {
        equations_.push_back(lift(program, n_own_ + 1 + n_parameters_, first));
        first += program.n_constants();
    }
}

System System::with_sensitivities(std::span<std::size_t const> initial,
                                  std::span<std::size_t const> parameters) const {
    if (n_states() != n_own_) throw ShapeError("system has sensitivities already");
    check_indices(initial, n_own_, "initial");
    check_indices(parameters, n_parameters_, "parameters");
    auto const n_directions = initial.size() + parameters.size();
    auto const n_all = n_own_ * (1 + n_directions);
    if (n_all > kMaxStates) {
        throw TooLargeError("system has " + std::to_string(n_all) +
                            " states with its sensitivities, the limit is " +
                            std::to_string(kMaxStates));
    }
    System out;
    out.n_own_ = n_own_;
    out.n_parameters_ = n_parameters_;
    out.start_.assign(n_all - n_own_, 0.0);
    Augmenter augmenter(equations_, n_all, n_parameters_);
    augmenter.add_own(out.equations_);
    for (std::size_t k = 0; k < n_directions; ++k) {
        bool const is_initial = k < initial.size();
        if (is_initial) out.start_[k * n_own_ + initial[k]] = 1.0;
        auto const variable = is_initial ? 0 : n_own_ + 1 + parameters[k - initial.size()];
        augmenter.add_direction(n_own_ * (1 + k), variable, out.equations_);
    }
    return out;
}

std::vector<Program> System::jacobian() const {
    std::vector<Program> all;
    for (auto const& f : equations_) {
        for (std::size_t j = 0; j < n_states(); ++j) all.push_back(derive(f, Wrt::variables, j));
    }
    for (auto const& f : equations_) all.push_back(derive(f, Wrt::variables, n_states()));
    return all;
}

}  // namespace monoidal::ode
