#pragma once

#include <cstddef>
#include <span>

#include "monoidal/common/parallel.hpp"
#include "monoidal/expression/program.hpp"

namespace monoidal::expression {

/// Data for the variables of a program: column k, `n_rows` values from `data + k * n_rows`.
template <class T>
struct Columns {
    T const* data;
    std::size_t n_rows;
    std::size_t n_columns;

    [[nodiscard]] T const* column(std::size_t k) const { return data + k * n_rows; }
};

/// A program and the values of its constants.
struct Candidate {
    Program const* program;
    std::span<double const> constants;
};

/// Evaluate each candidate on every row, in blocks of rows that stay in the L1 cache.
///
///   x    at least as many columns as any program has variables
///   out  candidates.size() * x.n_rows values, one candidate after another; overwritten
///
/// A point outside an operation's domain gives NaN or inf as IEEE 754 has it: nothing is clamped
/// or "protected". The bits do not depend on the number of threads, the instruction set, or on
/// which other rows there are. T is double or float. Throws ShapeError where a length disagrees.
///
/// Postfix evaluation in blocks of rows after Burlacu, Kronberger and Kommenda, "Operon C++",
/// GECCO 2020, doi:10.1145/3377929.3398099.
template <class T>
void evaluate(std::span<Candidate const> candidates, Columns<T> x, std::span<T> out,
              ThreadPool& pool, Poll const& poll);

/// The same for one row of doubles, without threads.
double evaluate_point(Program const& program, std::span<double const> constants,
                      std::span<double const> point);

}  // namespace monoidal::expression
