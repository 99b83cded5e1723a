#include "monoidal/tensor/execute.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>

#include "monoidal/common/error.hpp"
#include "walk.hpp"

namespace monoidal::tensor {
namespace {

using Axes = std::vector<std::uint32_t>;
using Offsets = std::vector<std::uint32_t>;

/// Steps of fewer multiplications are done by a table: a call of BLAS costs as much.
constexpr std::uint64_t kSmall = 4096;
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

/// c (m x n) = a (m x k) b (k x n), row-major.
template <class T>
void product(T const* a, T const* b, T* c, std::uint64_t m, std::uint64_t k, std::uint64_t n,
             Gemm gemm, Task& task) {
    auto const rows = std::max<std::uint64_t>(1, kProductPiece / std::max<std::uint64_t>(1, k * n));
    for (std::uint64_t begin = 0; begin < m; begin += rows) {
        auto const count = std::min(rows, m - begin);
        T const* const x = a + begin * k;
        T* const y = c + begin * n;
        if (gemm != nullptr) {
            int const columns = static_cast<int>(n), depth = static_cast<int>(k),
                      height = static_cast<int>(count);
            T const one{1}, zero{0};
            gemm("N", "N", &columns, &height, &depth, &one, b, &columns, x, &depth, &zero, y,
                 &columns);
        } else {
            std::fill_n(y, count * n, T{0});
            for (std::uint64_t i = 0; i < count; ++i) {
                for (std::uint64_t l = 0; l < k; ++l) {
                    T const factor = x[i * k + l];
                    for (std::uint64_t j = 0; j < n; ++j) {
                        multiply_add(y[i * n + j], factor, b[l * n + j]);
                    }
                }
                if ((i & 63) == 63) task.check();
            }
        }
        task.check();
    }
}

/// A block of a tensor to be laid out as a matrix: the sum over `extra` of the elements at
/// row + column + extra.
struct Pick {
    Offsets row;
    Offsets column;
    Offsets extra;
    bool is_in_place = false;  ///< whether it is one already
};

bool is_matrix(Pick const& pick) {
    if (pick.extra.size() != 1) return false;
    auto const width = static_cast<std::uint32_t>(pick.column.size());
    for (std::uint32_t k = 0; k < width; ++k) {
        if (pick.column[k] != k) return false;
    }
    for (std::uint32_t k = 0; k < pick.row.size(); ++k) {
        if (pick.row[k] != k * width) return false;
    }
    return true;
}

template <class T>
T const* laid_out(Pick const& pick, T const* from, T* to, Task& task) {
    if (pick.is_in_place) return from;
    T* out = to;
    for (std::size_t r = 0; r < pick.row.size(); ++r) {
        for (auto const column : pick.column) {
            T const* const at = from + pick.row[r] + column;
            T sum = at[pick.extra[0]];
            for (std::size_t e = 1; e < pick.extra.size(); ++e) sum += at[pick.extra[e]];
            *out++ = sum;
        }
        if ((r & 1023) == 1023) task.check();
    }
    return to;
}

/// The values of `indices`, the last fastest, as offsets into a tensor with given strides.
Offsets offsets(Axes const& tensor, std::vector<std::uint64_t> const& stride, Axes const& indices,
                std::vector<std::uint64_t> const& dimension) {
    Offsets out{0};
    for (auto const index : indices) {
        std::uint64_t step = 0;
        for (std::size_t a = 0; a < tensor.size(); ++a) {
            if (tensor[a] == index) step += stride[a];
        }
        auto const n = dimension[index];
        Offsets longer;
        longer.reserve(out.size() * n);
        for (auto const base : out) {
            for (std::uint64_t v = 0; v < n; ++v) {
                longer.push_back(base + static_cast<std::uint32_t>(v * step));
            }
        }
        out = std::move(longer);
    }
    return out;
}

std::vector<std::uint64_t> strides(Axes const& tensor,
                                   std::vector<std::uint64_t> const& dimension) {
    std::vector<std::uint64_t> out(tensor.size());
    std::uint64_t run = 1;
    for (std::size_t a = tensor.size(); a-- > 0;) {
        out[a] = run;
        run *= dimension[tensor[a]];
    }
    return out;
}

bool has(Axes const& axes, std::uint32_t index) {
    return std::ranges::find(axes, index) != axes.end();
}

/// Places results in one buffer, each where what is not needed any more was.
class Arena {
public:
    std::uint64_t take(std::uint64_t size) {
        for (auto it = free_.begin(); it != free_.end(); ++it) {
            if (it->size < size) continue;
            auto const begin = it->begin;
            it->begin += size;
            it->size -= size;
            if (it->size == 0) free_.erase(it);
            return begin;
        }
        auto begin = size_;
        if (!free_.empty() && free_.back().begin + free_.back().size == size_) {
            begin = free_.back().begin;
            free_.pop_back();
        }
        size_ = begin + size;
        return begin;
    }

    void give_back(std::uint64_t begin, std::uint64_t size) {
        auto it = std::ranges::lower_bound(free_, begin, {}, &Block::begin);
        it = free_.insert(it, {begin, size});
        auto const next = std::next(it);
        if (next != free_.end() && it->begin + it->size == next->begin) {
            it->size += next->size;
            it = std::prev(free_.erase(next));
        }
        if (it != free_.begin()) {
            auto const last = std::prev(it);
            if (last->begin + last->size == it->begin) {
                last->size += it->size;
                free_.erase(it);
            }
        }
    }
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    struct Block {
        std::uint64_t begin;
        std::uint64_t size;
    };
    std::vector<Block> free_;
    std::uint64_t size_ = 0;
};

}  // namespace

struct Contraction::Step {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint64_t out = 0;  // where in the arena
    bool is_small = true;
    std::uint64_t batch = 1, m = 1, k = 1, n = 1;
    Offsets left_out, right_out, left_sum, right_sum;  // of a small step
    Pick a, b;                                         // of a large one
    Offsets place;  // of a large last step: where each element of its result belongs
};

Contraction::~Contraction() = default;
Contraction::Contraction(Contraction&&) noexcept = default;
Contraction& Contraction::operator=(Contraction&&) noexcept = default;

Size Contraction::work_size() const {
    return Size(arena_size_) + Size(pack_size_) + Size(slices_.empty() ? 0 : output_size_);
}

Contraction::Contraction(Network network, Order order, std::vector<std::uint32_t> slices)
    : network_(std::move(network)), order_(std::move(order)), slices_(std::move(slices)) {
    auto const product_of = [&](Axes const& axes) {
        Size size(1);
        for (auto const index : axes) size = size * Size(network_.dimension[index]);
        if (size.value() > std::numeric_limits<std::int32_t>::max()) {
            throw TooLargeError("one tensor of the contraction has over 2^31 elements");
        }
        return size.value();
    };
    for (auto const& axes : network_.operands) operand_size_.push_back(product_of(axes));
    output_size_ = product_of(network_.output);
    auto dimension = network_.dimension;
    for (auto const index : slices_) {
        slice_dimension_.push_back(dimension[index]);
        dimension[index] = 1;
    }
    compile(dimension);
}

void Contraction::compile(std::vector<std::uint64_t> const& dimension) {
    auto network = padded(network_);
    auto const full = network_.dimension;
    network.dimension = dimension;
    auto const steps = padded(order_, network_.operands.size());
    std::vector<std::vector<std::uint64_t>> stride;
    for (auto const& axes : network.operands) stride.push_back(strides(axes, full));
    for (std::size_t t = 0; t < network_.operands.size(); ++t) {
        slice_stride_.emplace_back();
        for (auto const index : slices_) {
            std::uint64_t step = 0;
            for (std::size_t a = 0; a < network.operands[t].size(); ++a) {
                if (network.operands[t][a] == index) step += stride[t][a];
            }
            slice_stride_.back().push_back(step);
        }
    }
    auto const n_operands = network.operands.size();
    Walk walk(network);
    Arena arena;
    std::vector<std::uint64_t> sizes(n_operands, 0);  // of results in the arena
    for (std::size_t s = 0; s < steps.size(); ++s) {
        auto const [left, right] = steps[s];
        bool const is_last = s + 1 == steps.size();
        auto found = walk.step(left, right, is_last);
        Axes batch, m, n, sum, left_extra, right_extra;
        for (auto const index : found.out) {
            bool const in_left = has(found.left, index), in_right = has(found.right, index);
            (in_left && in_right ? batch : in_left ? m : n).push_back(index);
        }
        for (auto const index : found.sum) {
            bool const in_left = has(found.left, index), in_right = has(found.right, index);
            (in_left && in_right ? sum : in_left ? left_extra : right_extra).push_back(index);
        }
        auto const size = [&](Axes const& axes) { return walk.size(axes).value(); };
        Step step;
        step.left = left;
        step.right = right;
        step.batch = size(batch);
        step.m = size(m);
        step.n = size(n);
        step.k = size(sum);
        auto const at = [&](bool is_left, Axes const& indices) {
            return offsets(is_left ? found.left : found.right, stride[is_left ? left : right],
                           indices, dimension);
        };
        auto const join = [](Axes a, Axes const& b) {
            a.insert(a.end(), b.begin(), b.end());
            return a;
        };
        Axes natural = join(join(batch, m), n);
        auto const cost = Size(size(found.out)) * Size(size(found.sum));
        step.is_small = cost.value() <= kSmall;
        auto const& out = is_last ? found.out : natural;
        if (size(out) > std::numeric_limits<std::int32_t>::max()) {
            throw TooLargeError("one tensor of the contraction has over 2^31 elements");
        }
        if (step.is_small) {
            step.left_out = at(true, out);
            step.right_out = at(false, out);
            step.left_sum = at(true, found.sum);
            step.right_sum = at(false, found.sum);
            table_size_ = table_size_ + Size(2 * (step.left_out.size() + step.left_sum.size()));
        } else {
            step.a = {at(true, join(batch, m)), at(true, sum), at(true, left_extra)};
            step.b = {at(false, join(batch, sum)), at(false, n), at(false, right_extra)};
            step.a.is_in_place = is_matrix(step.a);
            step.b.is_in_place = is_matrix(step.b);
            std::uint64_t pack = 0;
            if (!step.a.is_in_place) pack += step.batch * step.m * step.k;
            if (!step.b.is_in_place) pack += step.batch * step.k * step.n;
            if (is_last && found.out != natural) {
                step.place = offsets(found.out, strides(found.out, dimension), natural, dimension);
                pack += size(out);
            }
            pack_size_ = std::max(pack_size_, pack);
            table_size_ = table_size_ + Size(step.a.row.size() + step.b.row.size());
        }
        if (!is_last) {
            step.out = arena.take(size(out));
            walk.rename_last(natural);
        }
        for (auto const tensor : {left, right}) {
            if (tensor >= n_operands) {
                arena.give_back(steps_[tensor - n_operands].out, sizes[tensor]);
            }
        }
        sizes.push_back(size(out));
        stride.push_back(strides(out, dimension));
        steps_.push_back(std::move(step));
    }
    arena_size_ = arena.size();
}

namespace {

template <class T>
void run_small(Contraction::Step const& step, T const* left, T const* right, T* out) {
    auto const n_terms = step.left_sum.size();
    for (std::size_t o = 0; o < step.left_out.size(); ++o) {
        T const* const a = left + step.left_out[o];
        T const* const b = right + step.right_out[o];
        T sum{0};
        for (std::size_t k = 0; k < n_terms; ++k) {
            multiply_add(sum, a[step.left_sum[k]], b[step.right_sum[k]]);
        }
        out[o] = sum;
    }
}

template <class T>
void run_large(Contraction::Step const& step, T const* left, T const* right, T* out, T* pack,
               Gemm gemm, Task& task) {
    T const* const a = laid_out(step.a, left, pack, task);
    if (!step.a.is_in_place) pack += step.batch * step.m * step.k;
    T const* const b = laid_out(step.b, right, pack, task);
    if (!step.b.is_in_place) pack += step.batch * step.k * step.n;
    T* const c = step.place.empty() ? out : pack;
    for (std::uint64_t k = 0; k < step.batch; ++k) {
        product(a + k * step.m * step.k, b + k * step.k * step.n, c + k * step.m * step.n, step.m,
                step.k, step.n, gemm, task);
    }
    for (std::size_t k = 0; k < step.place.size(); ++k) out[step.place[k]] = c[k];
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
                run_small(step, tensors[step.left], tensors[step.right], to);
            } else {
                run_large(step, tensors[step.left], tensors[step.right], to, pack, gemm, task);
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
