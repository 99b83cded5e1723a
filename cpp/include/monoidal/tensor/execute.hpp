#pragma once

#include <complex>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "monoidal/common/parallel.hpp"
#include "monoidal/tensor/plan.hpp"

namespace monoidal::tensor {

/// A matrix product of BLAS, as Fortran has it; integers have 32 bits.
using Gemm = void (*)(char const*, char const*, int const*, int const*, int const*, void const*,
                      void const*, int const*, void const*, int const*, void const*, void*,
                      int const*);

/// The matrix products of one BLAS, by scalar type; a null one is computed by plain loops.
struct Blas {
    Gemm s = nullptr;
    Gemm d = nullptr;
    Gemm c = nullptr;
    Gemm z = nullptr;
};

/// A network compiled for an order, to be run on arrays of any of the four scalar types: steps of
/// few multiplications where the tensors are, by tables of offsets, larger ones as matrix products.
/// Immutable; any number of threads may run it at once.
class Contraction {
public:
    /// Indices in `slices` are summed over one value at a time. Throws ShapeError where the order
    /// is none, TooLargeError where a tensor would have 2^31 elements or more.
    Contraction(Network network, Order order, std::vector<std::uint32_t> slices);
    ~Contraction();
    Contraction(Contraction&&) noexcept;
    Contraction& operator=(Contraction&&) noexcept;

    [[nodiscard]] Network const& network() const { return network_; }
    [[nodiscard]] Order const& order() const { return order_; }
    [[nodiscard]] std::vector<std::uint32_t> const& slices() const { return slices_; }
    /// Elements of each operand and of the result.
    [[nodiscard]] std::vector<std::uint64_t> const& operand_size() const { return operand_size_; }
    [[nodiscard]] std::uint64_t output_size() const { return output_size_; }
    /// Elements that a run takes beside operands and result.
    [[nodiscard]] Size work_size() const;
    /// Numbers in the tables of offsets.
    [[nodiscard]] Size table_size() const { return Size(tables_.size()); }

    /// Operands are row-major; `out` is overwritten. T is float, double or a complex of them.
    template <class T>
    void run(std::span<T const* const> operands, std::span<T> out, Blas const& blas,
             Task& task) const;

    struct Step;

private:
    void compile(std::vector<std::uint64_t> const& dimension);

    Network network_;
    Order order_;
    std::vector<std::uint32_t> slices_;
    std::vector<std::uint64_t> slice_dimension_;
    std::vector<std::vector<std::uint64_t>> slice_stride_;  // of each operand, along each slice
    std::vector<std::uint64_t> operand_size_;
    std::uint64_t output_size_ = 1;
    std::uint64_t arena_size_ = 0;
    std::uint64_t pack_size_ = 0;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> tables_;
};

}  // namespace monoidal::tensor
