#include "monoidal/circuit/state_vector.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "block_kernels.hpp"
#include "monoidal/common/error.hpp"
#include "monoidal/common/random.hpp"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace monoidal::circuit {
namespace {

/// Amplitudes of a task: well under a millisecond.
constexpr std::size_t kStatePiece = 1 << 16;

/// Large pages, where the system has them to give: a state is gone through by strides.
void advise(void* begin, std::size_t n_bytes) {
#ifdef __linux__
    constexpr std::size_t kLargePage = 1 << 21;
    auto const address = reinterpret_cast<std::uintptr_t>(begin);
    auto const first = (address + kLargePage - 1) & ~(kLargePage - 1);
    auto const end = (address + n_bytes) & ~(kLargePage - 1);
    if (end > first) {
        static_cast<void>(
            madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE));  // advice only
    }
#else
    static_cast<void>(begin);
    static_cast<void>(n_bytes);
#endif
}

/// Calls `body(begin, end)` for pieces of 0 to n - 1.
template <class Body>
void in_pieces(std::size_t n, Workers workers, Body body) {
    auto const n_pieces = (n + kStatePiece - 1) / kStatePiece;
    workers.pool.run(n_pieces, workers.poll, [&](std::size_t piece, Task&) {
        body(piece * kStatePiece, std::min(n, (piece + 1) * kStatePiece));
    });
}

void check_bits(std::span<std::uint32_t const> bits, std::uint32_t n_bits, std::size_t n_values) {
    std::uint64_t seen = 0;
    for (auto const bit : bits) {
        if (bit >= n_bits || (seen >> bit & 1) != 0) {
            throw ShapeError("bit " + std::to_string(bit) + " is named twice, or is not one of " +
                             std::to_string(n_bits));
        }
        seen |= std::uint64_t{1} << bit;
    }
    if (n_values != std::size_t{1} << bits.size()) {
        throw ShapeError("array has " + std::to_string(n_values) + " values, " +
                         std::to_string(bits.size()) + " qubits have " +
                         std::to_string(std::size_t{1} << bits.size()));
    }
}

/// Moves bit k of a number to `to[k]`, or drops it where that is negative; by tables of 11 bits.
class BitMap {
public:
    explicit BitMap(std::vector<int> const& to) {
        for (std::size_t begin = 0; begin < to.size(); begin += kTableBits) {
            std::vector<std::uint64_t> table(std::size_t{1} << kTableBits, 0);
            auto const n = std::min(kTableBits, to.size() - begin);
            for (std::size_t value = 0; value < table.size(); ++value) {
                for (std::size_t k = 0; k < n; ++k) {
                    if ((value >> k & 1) != 0 && to[begin + k] >= 0) {
                        table[value] |= std::uint64_t{1} << to[begin + k];
                    }
                }
            }
            tables_.push_back(std::move(table));
        }
    }
    std::uint64_t operator()(std::uint64_t number) const {
        std::uint64_t out = 0;
        for (auto const& table : tables_) {
            out |= table[number & (table.size() - 1)];
            number >>= kTableBits;
        }
        return out;
    }

private:
    static constexpr std::size_t kTableBits = 11;
    std::vector<std::vector<std::uint64_t>> tables_;
};

/// From numbers of outcomes to numbers of amplitudes.
BitMap places(std::span<std::uint32_t const> bits) { return BitMap({bits.rbegin(), bits.rend()}); }

/// From numbers of amplitudes to numbers of outcomes.
BitMap outcomes(std::span<std::uint32_t const> bits, std::uint32_t n_bits) {
    std::vector<int> to(n_bits, -1);
    for (std::size_t k = 0; k < bits.size(); ++k) {
        to[bits[k]] = static_cast<int>(bits.size() - 1 - k);
    }
    return BitMap(to);
}

}  // namespace

template <class T>
StateVector<T>::StateVector(std::uint32_t n_bits, Workers workers) : n_bits_(n_bits) {
    if (n_bits > Evolution::kMaxBits || n_bytes(n_bits).is_saturated()) {
        throw TooLargeError("a state of " + std::to_string(n_bits) + " qubits can not be held");
    }
    planes_.reserve(2 * size());
    advise(planes_.data(), 2 * size() * sizeof(T));
    planes_.resize(2 * size());
    in_pieces(2 * size(), workers, [&](std::size_t begin, std::size_t end) {
        std::fill(planes_.data() + begin, planes_.data() + end, T{0});
    });
    re()[0] = T{1};
}

template <class T>
double squared_norm(StateVector<T> const& state, Workers workers) {
    auto const n_pieces = (state.size() + kStatePiece - 1) / kStatePiece;
    std::vector<double> sums(n_pieces, 0.0);
    in_pieces(state.size(), workers, [&](std::size_t begin, std::size_t end) {
        double sum = 0.0;
        for (auto i = begin; i < end; ++i) {
            double const re = state.re()[i];
            double const im = state.im()[i];
            sum += re * re + im * im;
        }
        sums[begin / kStatePiece] = sum;
    });
    double total = 0.0;
    for (double const sum : sums) total += sum;
    return total;
}

template <class T>
void probabilities(StateVector<T> const& state, std::span<std::uint32_t const> bits,
                   std::span<double> out, Workers workers) {
    check_bits(bits, state.n_bits(), out.size());
    auto const outcome = outcomes(bits, state.n_bits());
    auto const square = [&](std::size_t i) {
        double const re = state.re()[i];
        double const im = state.im()[i];
        return re * re + im * im;
    };
    if (bits.size() == state.n_bits()) {
        in_pieces(state.size(), workers, [&](std::size_t begin, std::size_t end) {
            for (auto i = begin; i < end; ++i) out[outcome(i)] = square(i);
        });
        return;
    }
    // Each task sums into an array of its own; how many there are depends on the sizes alone.
    constexpr std::size_t kMostSums = 1 << 20;
    auto const n_tasks = std::clamp<std::size_t>(
        kMostSums / out.size(), 1, std::clamp<std::size_t>(state.size() / kStatePiece, 1, 64));
    std::vector<double> sums(n_tasks * out.size(), 0.0);
    workers.pool.run(n_tasks, workers.poll, [&](std::size_t index, Task& task) {
        auto* const own = sums.data() + index * out.size();
        auto const end = state.size() * (index + 1) / n_tasks;
        for (auto i = state.size() * index / n_tasks; i < end; ++i) {
            if (i % kStatePiece == 0) task.check();
            own[outcome(i)] += square(i);
        }
    });
    std::ranges::fill(out, 0.0);
    for (std::size_t k = 0; k < sums.size(); ++k) out[k % out.size()] += sums[k];
}

template <class T>
void read(StateVector<T> const& state, std::span<std::uint32_t const> bits,
          std::span<std::complex<T>> out, Workers workers) {
    check_bits(bits, state.n_bits(), out.size());
    auto const place = places(bits);
    in_pieces(out.size(), workers, [&](std::size_t begin, std::size_t end) {
        for (auto k = begin; k < end; ++k) out[k] = {state.re()[place(k)], state.im()[place(k)]};
    });
}

template <class T>
void write(std::span<std::complex<T> const> values, std::span<std::uint32_t const> bits,
           StateVector<T>& state, Workers workers) {
    check_bits(bits, state.n_bits(), values.size());
    in_pieces(2 * state.size(), workers, [&](std::size_t begin, std::size_t end) {
        std::fill(state.re() + begin, state.re() + end, T{0});
    });
    auto const place = places(bits);
    in_pieces(values.size(), workers, [&](std::size_t begin, std::size_t end) {
        for (auto k = begin; k < end; ++k) {
            state.re()[place(k)] = values[k].real();
            state.im()[place(k)] = values[k].imag();
        }
    });
    std::uint64_t support = 0;
    for (auto const bit : bits) support |= std::uint64_t{1} << bit;
    state.set_support(support);
}

template <class T>
void sample(StateVector<T> const& state, std::uint64_t seed, std::span<std::uint64_t> out,
            Workers workers) {
    constexpr std::size_t kRun = 256;
    auto const square = [&](std::size_t i) {
        double const re = state.re()[i];
        double const im = state.im()[i];
        return re * re + im * im;
    };
    auto const n_runs = (state.size() + kRun - 1) / kRun;
    std::vector<double> upto(n_runs);
    in_pieces(n_runs, workers, [&](std::size_t begin, std::size_t end) {
        for (auto r = begin; r < end; ++r) {
            upto[r] = 0.0;
            for (auto i = r * kRun; i < std::min(state.size(), (r + 1) * kRun); ++i) {
                upto[r] += square(i);
            }
        }
    });
    for (std::size_t r = 1; r < n_runs; ++r) upto[r] += upto[r - 1];
    double const total = upto.back();
    if (!(total > 0.0)) throw DomainError("all amplitudes are 0: there is nothing to sample");
    in_pieces(out.size(), workers, [&](std::size_t begin, std::size_t end) {
        for (auto shot = begin; shot < end; ++shot) {
            double const wanted = random_unit(seed, shot) * total;
            auto const found = std::ranges::upper_bound(upto, wanted);
            auto r = std::min(static_cast<std::size_t>(found - upto.begin()), n_runs - 1);
            double sum = r == 0 ? 0.0 : upto[r - 1];
            std::size_t chosen = r * kRun;
            for (auto i = r * kRun; i < std::min(state.size(), (r + 1) * kRun); ++i) {
                auto const p = square(i);
                if (p == 0.0) continue;
                chosen = i;  // the last that is possible, should rounding leave nothing above
                sum += p;
                if (sum > wanted) break;
            }
            out[shot] = chosen;
        }
    });
}

#define MONOIDAL_INSTANTIATE(T)                                                           \
    template class StateVector<T>;                                                        \
    template double squared_norm(StateVector<T> const&, Workers);                         \
    template void probabilities(StateVector<T> const&, std::span<std::uint32_t const>,    \
                                std::span<double>, Workers);                              \
    template void read(StateVector<T> const&, std::span<std::uint32_t const>,             \
                       std::span<std::complex<T>>, Workers);                              \
    template void write(std::span<std::complex<T> const>, std::span<std::uint32_t const>, \
                        StateVector<T>&, Workers);                                        \
    template void sample(StateVector<T> const&, std::uint64_t, std::span<std::uint64_t>, Workers)

MONOIDAL_INSTANTIATE(float);
MONOIDAL_INSTANTIATE(double);
#undef MONOIDAL_INSTANTIATE

}  // namespace monoidal::circuit
