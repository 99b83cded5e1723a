#include "monoidal/expression/evaluate.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "monoidal/common/error.hpp"
#include "tape.hpp"

namespace monoidal::expression {
namespace {

// Sizes of a task: enough work to hide the cost of handing it out, little enough to stop soon.
constexpr std::size_t kRowsPerSweep = 16'384;
constexpr std::size_t kProgramsPerTask = 16;
constexpr std::size_t kNodePointsPerCheck = 2'000'000;

void check_sizes(std::span<Candidate const> candidates, std::size_t n_columns) {
    for (std::size_t k = 0; k < candidates.size(); ++k) {
        auto const& [program, constants] = candidates[k];
        if (constants.size() != program->n_constants()) {
            throw ShapeError("constants of expression " + std::to_string(k) + " has " +
                             std::to_string(constants.size()) + " values, expected " +
                             std::to_string(program->n_constants()));
        }
        if (n_columns < program->n_variables()) {
            throw ShapeError("x has " + std::to_string(n_columns) + " columns, expression " +
                             std::to_string(k) + " has " + std::to_string(program->n_variables()) +
                             " variables");
        }
    }
}

}  // namespace

template <class T>
void evaluate(std::span<Candidate const> candidates, Columns<T> x, std::span<T> out,
              ThreadPool& pool, Poll const& poll) {
    check_sizes(candidates, x.n_columns);
    if (out.size() != candidates.size() * x.n_rows) {
        throw ShapeError("out has " + std::to_string(out.size()) + " values, expected " +
                         std::to_string(candidates.size() * x.n_rows));
    }
    auto const pieces = (x.n_rows + kRowsPerSweep - 1) / kRowsPerSweep;
    auto const groups = (candidates.size() + kProgramsPerTask - 1) / kProgramsPerTask;
    std::vector<Tape<T>> tapes(pool.n_threads());
    pool.run(groups * pieces, poll, [&](std::size_t index, Task& task) {
        auto& tape = tapes[task.worker()];
        auto const begin = index % pieces * kRowsPerSweep;
        auto const end = std::min(begin + kRowsPerSweep, x.n_rows);
        auto const first = index / pieces * kProgramsPerTask;
        auto const last = std::min(first + kProgramsPerTask, candidates.size());
        for (auto k = first; k < last; ++k) {
            tape.compile(candidates[k], x.n_columns);
            auto const step =
                std::max(kNodePointsPerCheck / candidates[k].program->size() / kPad, kPad) * kPad;
            for (auto row = begin; row < end; row += step) {
                tape.run(x, row, std::min(row + step, end), out.data() + k * x.n_rows + row);
                task.check();
            }
        }
    });
}

template void evaluate(std::span<Candidate const>, Columns<double>, std::span<double>, ThreadPool&,
                       Poll const&);
template void evaluate(std::span<Candidate const>, Columns<float>, std::span<float>, ThreadPool&,
                       Poll const&);

double evaluate_point(Program const& program, std::span<double const> constants,
                      std::span<double const> point) {
    Candidate const candidate{.program = &program, .constants = constants};
    check_sizes({&candidate, 1}, point.size());
    Tape<double> tape;
    tape.compile(candidate, point.size());
    double out = 0.0;
    tape.run({.data = point.data(), .n_rows = 1, .n_columns = point.size()}, 0, 1, &out);
    return out;
}

}  // namespace monoidal::expression
