#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../expression/kernels.hpp"
#include "monoidal/common/aligned.hpp"
#include "monoidal/expression/program.hpp"

namespace monoidal::ode {

/// Several programs over y, t, p, made ready to run together on a block of lanes. A common
/// subexpression is computed once; one of parameters alone, once a trajectory.
///
/// Arrays hold one row of `stride` lanes a component. Lane k of a result depends on lane k alone.
class Tape {
public:
    Tape(std::span<expression::Program const> roots, std::size_t n_states, std::size_t stride);

    /// Where the parameters are: it stays.
    void set_parameters(double const* parameters);
    /// Compute anew what depends on parameters alone, for lanes `first` to `first + n`: multiples
    /// of expression::kPad.
    void prepare(std::size_t first, std::size_t n) noexcept;
    /// The roots on lanes 0 to n, a multiple of expression::kPad. `out` overlaps no other array.
    void run(double const* states, double const* time, double* out, std::size_t n) noexcept;

    [[nodiscard]] bool reads_time() const { return !time_nodes_.empty(); }

private:
    using Id = std::uint32_t;
    enum class Kind : std::uint8_t { fixed, steady, varies };
    struct Step {
        expression::Op op;
        expression::Form form;
        Id a;
        Id b;
        Id out;
    };
    /// A node and the row of the array that it reads or writes.
    struct Row {
        Id node;
        std::size_t row;
    };

    void compile(expression::Builder const& graph);
    void compile_leaf(Id id, expression::Node const& node);
    void compile_operation(Id id, expression::Node const& node);
    void place_roots(std::span<Id const> roots);
    void place_slots();
    void point_at_rows(expression::Builder const& graph);
    void call(Step const& step, std::size_t offset, std::size_t n) const noexcept;

    expression::Kernels<double> const* kernels_ = &expression::kernels<double>();
    std::size_t n_states_;
    std::size_t stride_;
    std::vector<Kind> kind_;
    std::vector<Step> steady_;
    std::vector<Step> steps_;
    std::vector<Row> states_;
    std::vector<Row> parameters_;
    std::vector<Id> time_nodes_;
    std::vector<Row> written_;  // roots that their own step puts in place
    std::vector<Row> copied_;   // the others
    std::vector<bool> is_written_;
    std::vector<std::size_t> row_of_;  // in `rows_`, of a node that has one
    std::size_t n_rows_ = 0;
    Buffer rows_;
    std::vector<double const*> source_;  // of each node
    std::vector<double*> target_;        // of each node that is computed
};

}  // namespace monoidal::ode
