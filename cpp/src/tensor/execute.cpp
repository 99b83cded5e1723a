#include "monoidal/tensor/execute.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>

#include "monoidal/common/error.hpp"
#include "steps.hpp"

namespace monoidal::tensor {
namespace {

/// Multiplications of one call of BLAS, so that an interrupt is heard within a tenth of a second.
constexpr std::uint64_t kProductPiece = std::uint64_t{1} << 29;

template <class T>
inline void multiply_add(T& sum, T a, T b) {
    sum += a * b;
}
/// Without the checks for NaN that std::complex makes.
template <class T>
inline void multiply_add(std::complex<T>& sum, std::complex<T> a, std::complex<T> b) {
    sum = {sum.real() + (a.real() * b.real() - a.imag() * b.imag()),
           sum.imag() + (a.real() * b.imag() + a.imag() * b.real())};
}

template <class T>
Gemm gemm_of(Blas const& blas);
template <>
Gemm gemm_of<float>(Blas const& blas) {
    return blas.s;
}
template <>
Gemm gemm_of<double>(Blas const& blas) {
    return blas.d;
}
template <>
Gemm gemm_of<std::complex<float>>(Blas const& blas) {
    return blas.c;
}
template <>
Gemm gemm_of<std::complex<double>>(Blas const& blas) {
    return blas.z;
}

/// A matrix by rows or, where it is transposed, by columns.
template <class T>
struct Matrix {
    T const* data;
    std::uint64_t height;
    std::uint64_t width;
    bool is_transposed;

    [[nodiscard]] T at(std::uint64_t i, std::uint64_t j) const {
        return data[is_transposed ? j * height + i : i * width + j];
    }
    [[nodiscard]] Matrix rows(std::uint64_t begin, std::uint64_t count) const {
        return {data + (is_transposed ? begin : begin * width), count, width, is_transposed};
    }
};

/// c = a b by plain loops, where there is no BLAS.
template <class T>
void plain_product(Matrix<T> const& a, Matrix<T> const& b, T* c, Task& task) {
    std::fill_n(c, a.height * b.width, T{0});
    for (std::uint64_t i = 0; i < a.height; ++i) {
        for (std::uint64_t l = 0; l < a.width; ++l) {
            T const factor = a.at(i, l);
            T* const row = c + i * b.width;
            for (std::uint64_t j = 0; j < b.width; ++j) multiply_add(row[j], factor, b.at(l, j));
        }
        if ((i & 63) == 63) task.check();
    }
}

/// c = a b, by rows.
template <class T>
void product(Matrix<T> const& a, Matrix<T> const& b, T* c, Gemm gemm, Task& task) {
    if (gemm == nullptr) {
        plain_product(a, b, c, task);
        return;
    }
    auto const work = std::max<std::uint64_t>(1, b.height * b.width);
    auto const rows = std::max<std::uint64_t>(1, kProductPiece / work);
    int const depth = static_cast<int>(a.width), columns = static_cast<int>(b.width),
              a_height = static_cast<int>(a.height);
    // Fortran has matrices by columns, which is the transpose: c' = b' a'.
    char const* const a_kind = a.is_transposed ? "T" : "N";
    char const* const b_kind = b.is_transposed ? "T" : "N";
    int const a_stride = a.is_transposed ? a_height : depth;
    int const b_stride = b.is_transposed ? depth : columns;
    T const one{1}, zero{0};
    for (std::uint64_t begin = 0; begin < a.height; begin += rows) {
        int const count = static_cast<int>(std::min(rows, a.height - begin));
        T const* const x = a.rows(begin, 0).data;
        gemm(b_kind, a_kind, &columns, &count, &depth, &one, b.data, &b_stride, x, &a_stride, &zero,
             c + begin * b.width, &columns);
        task.check();
    }
}

template <class T>
T const* laid_out(Pick const& pick, Offsets const& tables, T const* from, T* to, Task& task) {
    if (pick.layout != Layout::scattered) return from;
    auto const at = [&](Table const& table) {
        return std::span(tables).subspan(table.begin, table.size);
    };
    auto const rows = at(pick.row), columns = at(pick.column), extras = at(pick.extra);
    T* out = to;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        T const* const row = from + rows[r];
        if (extras.size() == 1) {
            for (auto const column : columns) *out++ = row[column];
        } else {
            for (auto const column : columns) {
                T sum = row[column + extras[0]];
                for (auto const extra : extras.subspan(1)) sum += row[column + extra];
                *out++ = sum;
            }
        }
        if ((r & 1023) == 1023) task.check();
    }
    return to;
}

/// y[0:n] = sum over k of x[column[k]] * right[row[k] + 0:n]
template <class T>
void add_rows(T const* x, std::uint32_t const* column, T const* right, std::uint32_t const* row,
              std::size_t k, T* y, std::size_t n) {
    std::fill_n(y, n, T{0});
    for (std::size_t l = 0; l < k; ++l) {
        T const factor = x[column[l]];
        T const* const from = right + row[l];
        for (std::size_t j = 0; j < n; ++j) multiply_add(y[j], factor, from[j]);
    }
}

/// Where the tensors are: each result by itself, or whole rows where the right one has them.
template <class T>
void run_small(Contraction::Step const& step, Offsets const& tables, T const* left, T const* right,
               T* out) {
    auto const* const row = tables.data() + step.a.row.begin;
    auto const* const column = tables.data() + step.a.column.begin;
    auto const* const right_column = tables.data() + step.b.column.begin;
    auto const* const place = step.place.size == 0 ? nullptr : tables.data() + step.place.begin;
    bool const by_rows = step.is_contiguous && place == nullptr && step.n >= 4;
    std::size_t o = 0;
    for (std::size_t batch = 0; batch < step.batch; ++batch) {
        auto const* const right_row = tables.data() + step.b.row.begin + batch * step.k;
        for (std::size_t i = 0; i < step.m; ++i) {
            T const* const x = left + row[batch * step.m + i];
            if (by_rows) {
                add_rows(x, column, right, right_row, step.k, out + o, step.n);
                o += step.n;
                continue;
            }
            for (std::size_t j = 0; j < step.n; ++j, ++o) {
                T const* const y = right + right_column[j];
                T sum{0};
                for (std::size_t l = 0; l < step.k; ++l) {
                    multiply_add(sum, x[column[l]], y[right_row[l]]);
                }
                out[place == nullptr ? o : place[o]] = sum;
            }
        }
    }
}

template <class T>
void run_large(Contraction::Step const& step, Offsets const& tables, T const* left, T const* right,
               T* out, T* pack, Gemm gemm, Task& task) {
    T const* const a = laid_out(step.a, tables, left, pack, task);
    if (a == pack) pack += step.batch * step.m * step.k;
    T const* const b = laid_out(step.b, tables, right, pack, task);
    if (b == pack) pack += step.batch * step.k * step.n;
    T* const c = step.place.size == 0 ? out : pack;
    bool const a_by_columns = step.a.layout == Layout::columns;
    bool const b_by_columns = step.b.layout == Layout::columns;
    for (std::uint64_t k = 0; k < step.batch; ++k) {
        product<T>({a + k * step.m * step.k, step.m, step.k, a_by_columns},
                   {b + k * step.k * step.n, step.k, step.n, b_by_columns}, c + k * step.m * step.n,
                   gemm, task);
    }
    for (std::size_t k = 0; k < step.place.size; ++k) out[tables[step.place.begin + k]] = c[k];
}

}  // namespace

template <class T>
void Contraction::run(std::span<T const* const> operands, std::span<T> out, Blas const& blas,
                      Task& task) const {
    if (operands.size() != network_.operands.size() || out.size() != output_size_) {
        throw ShapeError("operands has " + std::to_string(operands.size()) +
                         " arrays, the network takes " + std::to_string(network_.operands.size()));
    }
    // Small contractions, which are many, need no allocation.
    constexpr std::size_t kOnStack = 1024;
    std::array<T, kOnStack> on_stack;
    std::unique_ptr<T[]> on_heap;
    auto const n_work = work_size().value();
    T* work = on_stack.data();
    if (n_work > kOnStack) {
        on_heap = std::make_unique_for_overwrite<T[]>(n_work);
        work = on_heap.get();
    }
    T* const pack = work + arena_size_;
    bool const is_sliced = !slices_.empty();
    T* const result = is_sliced ? pack + pack_size_ : out.data();
    if (is_sliced) std::ranges::fill(out, T{0});
    T const one{1};
    auto const n = std::max<std::size_t>(2, network_.operands.size());
    std::vector<T const*> tensors(n + steps_.size(), &one);
    std::vector<std::uint64_t> value(slices_.size(), 0);
    auto const gemm = gemm_of<T>(blas);
    for (;;) {
        for (std::size_t t = 0; t < operands.size(); ++t) {
            tensors[t] = operands[t];
            for (std::size_t s = 0; s < value.size(); ++s) {
                tensors[t] += value[s] * slice_stride_[t][s];
            }
        }
        for (std::size_t s = 0; s < steps_.size(); ++s) {
            auto const& step = steps_[s];
            T* const to = s + 1 == steps_.size() ? result : work + step.out;
            if (step.is_small) {
                run_small(step, tables_, tensors[step.left], tensors[step.right], to);
            } else {
                run_large(step, tables_, tensors[step.left], tensors[step.right], to, pack, gemm,
                          task);
            }
            tensors[n + s] = to;
        }
        if (!is_sliced) break;
        task.check();
        for (std::size_t k = 0; k < out.size(); ++k) out[k] += result[k];
        std::size_t s = value.size();
        while (s > 0 && ++value[s - 1] == slice_dimension_[s - 1]) value[--s] = 0;
        if (s == 0) break;
    }
    if (network_.scale != 1.0) {
        using Real = decltype(std::abs(T{}));
        for (auto& x : out) x *= static_cast<Real>(network_.scale);
    }
}

template void Contraction::run(std::span<float const* const>, std::span<float>, Blas const&,
                               Task&) const;
template void Contraction::run(std::span<double const* const>, std::span<double>, Blas const&,
                               Task&) const;
template void Contraction::run(std::span<std::complex<float> const* const>,
                               std::span<std::complex<float>>, Blas const&, Task&) const;
template void Contraction::run(std::span<std::complex<double> const* const>,
                               std::span<std::complex<double>>, Blas const&, Task&) const;

}  // namespace monoidal::tensor
