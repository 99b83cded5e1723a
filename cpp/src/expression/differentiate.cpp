#include "monoidal/expression/differentiate.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"
#include "sweep.hpp"

namespace monoidal::expression {
namespace {

constexpr std::size_t kRowsPerTask = 4'096;
constexpr std::size_t kBlocksPerCheck = 16;

void check(char const* name, std::size_t got, std::size_t expected) {
    if (got == expected) return;
    throw ShapeError(std::string(name) + " has " + std::to_string(got) + " values, expected " +
                     std::to_string(expected));
}

void check_sizes(Candidate const& candidate, Columns<double> x, std::span<double> values) {
    check("constants", candidate.constants.size(), candidate.program->n_constants());
    check("values", values.size(), x.n_rows);
    if (x.n_columns < candidate.program->n_variables()) {
        check("a row of x", x.n_columns, candidate.program->n_variables());
    }
}

/// Calls `body(sweep, begin, end)` for blocks that cover all rows, a prepared sweep a thread.
template <class Body>
void for_blocks(Candidate const& candidate, std::size_t n_rows, bool by_constants,
                bool by_variables, ThreadPool& pool, Poll const& poll, Body const& body) {
    std::vector<Sweep> sweeps(pool.n_threads());
    std::vector<char> is_ready(pool.n_threads(), 0);
    auto const n_tasks = (n_rows + kRowsPerTask - 1) / kRowsPerTask;
    pool.run(n_tasks, poll, [&](std::size_t index, Task& task) {
        auto& sweep = sweeps[task.worker()];
        if (is_ready[task.worker()] == 0) {
            sweep.prepare(candidate, by_constants, by_variables);
            is_ready[task.worker()] = 1;
        }
        auto const end = std::min((index + 1) * kRowsPerTask, n_rows);
        for (auto at = index * kRowsPerTask; at < end; at += Sweep::kBlock) {
            body(sweep, at, std::min(at + Sweep::kBlock, end));
            if (at / Sweep::kBlock % kBlocksPerCheck == 0) task.check();
        }
    });
}

void copy_or_zero(double const* from, std::size_t n, double* to) {
    if (from == nullptr) {
        std::fill_n(to, n, 0.0);
    } else {
        std::copy_n(from, n, to);
    }
}

}  // namespace

void value_and_jacobian(Candidate const& candidate, Columns<double> x, Wrt wrt,
                        std::span<double> values, std::span<double> jacobian, ThreadPool& pool,
                        Poll const& poll) {
    check_sizes(candidate, x, values);
    bool const by_constants = wrt == Wrt::constants;
    auto const n =
        by_constants ? candidate.program->n_constants() : candidate.program->n_variables();
    check("jacobian", jacobian.size(), n * x.n_rows);
    for_blocks(candidate, x.n_rows, by_constants, !by_constants, pool, poll,
               [&](Sweep& sweep, std::size_t begin, std::size_t end) {
                   sweep.forward(x, begin, end);
                   sweep.reverse();
                   std::copy_n(sweep.value(), end - begin, values.data() + begin);
                   for (std::size_t k = 0; k < n; ++k) {
                       copy_or_zero(by_constants ? sweep.derivative_by_constant(k)
                                                 : sweep.derivative_by_variable(k),
                                    end - begin, jacobian.data() + k * x.n_rows + begin);
                   }
               });
}

void value_and_tangent(Candidate const& candidate, Columns<double> x,
                       std::span<double const> constants_direction, Columns<double> x_direction,
                       std::span<double> values, std::span<double> tangents, ThreadPool& pool,
                       Poll const& poll) {
    check_sizes(candidate, x, values);
    check("tangents", tangents.size(), x.n_rows);
    bool const by_constants = !constants_direction.empty();
    bool const by_variables = x_direction.n_rows > 0;
    if (by_constants) {
        check("constants_direction", constants_direction.size(), candidate.constants.size());
    }
    if (by_variables) {
        check("x_direction", x_direction.n_rows * x_direction.n_columns, x.n_rows * x.n_columns);
    }
    for_blocks(candidate, x.n_rows, by_constants, by_variables, pool, poll,
               [&](Sweep& sweep, std::size_t begin, std::size_t end) {
                   sweep.forward(x, begin, end);
                   sweep.tangent(constants_direction, x_direction, begin, end);
                   std::copy_n(sweep.value(), end - begin, values.data() + begin);
                   copy_or_zero(sweep.result_tangent(), end - begin, tangents.data() + begin);
               });
}

}  // namespace monoidal::expression
