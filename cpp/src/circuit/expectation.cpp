#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <string>

#include "monoidal/circuit/state_vector.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::circuit {
namespace {

/// Amplitudes are gone through by rows; within one, the signs of a word are a table.
constexpr std::size_t kRow = 64;
constexpr std::size_t kRowsOfTask = 512;

/// P|i> = i^(number of Y) (-1)^(i & z) |i ^ x>: words with the same x are one sum.
struct Word {
    std::uint64_t z_high;
    double re;  // the factor times i^(number of Y)
    double im;
    std::array<double, kRow> sign;  // of the lowest bits
};
struct Flip {
    std::uint64_t x_high = 0;
    std::size_t x_low = 0;
    std::vector<Word> words;
};

double sign(std::uint64_t bits) { return (std::popcount(bits) & 1) != 0 ? -1.0 : 1.0; }

std::vector<Flip> flips(std::span<PauliWord const> words, std::uint32_t n_bits) {
    std::map<std::uint64_t, Flip> found;
    for (std::size_t k = 0; k < words.size(); ++k) {
        auto const& w = words[k];
        if (n_bits < 64 && ((w.x | w.z) >> n_bits) != 0) {
            throw ShapeError("Pauli word " + std::to_string(k) + " acts beyond the " +
                             std::to_string(n_bits) + " qubits");
        }
        auto& flip = found[w.x];
        flip.x_high = w.x & ~std::uint64_t{kRow - 1};
        flip.x_low = w.x & (kRow - 1);
        auto const n_y = std::popcount(w.x & w.z) % 4;
        Word made{w.z & ~std::uint64_t{kRow - 1}, 0.0, 0.0, {}};
        (n_y % 2 == 0 ? made.re : made.im) = n_y < 2 ? w.factor : -w.factor;
        for (std::size_t l = 0; l < kRow; ++l) made.sign[l] = sign(l & w.z);
        flip.words.push_back(made);
    }
    std::vector<Flip> out;
    for (auto& [x, flip] : found) out.push_back(std::move(flip));
    return out;
}

/// One row's factors, by the amplitude that they multiply.
struct Factors {
    std::array<double, kRow> re;
    std::array<double, kRow> im;
    bool is_real = true;

    void fill(Flip const& flip, std::uint64_t begin) {
        re.fill(0.0);
        im.fill(0.0);
        is_real = true;
        for (auto const& word : flip.words) {
            double const s = sign(begin & word.z_high);
            auto& into = word.re != 0.0 ? re : im;
            double const factor = s * (word.re != 0.0 ? word.re : word.im);
            is_real = is_real && word.im == 0.0;
            for (std::size_t l = 0; l < kRow; ++l) into[l] += factor * word.sign[l];
        }
    }
};

/// A row's amplitudes, those beyond a small state 0.
struct Row {
    std::array<double, kRow> re;
    std::array<double, kRow> im;

    template <class T>
    void load(StateVector<T> const& state, std::size_t begin) {
        auto const n = std::min(kRow, state.size());
        for (std::size_t l = 0; l < n; ++l) {
            re[l] = state.re()[begin + l];
            im[l] = state.im()[begin + l];
        }
        for (auto l = n; l < kRow; ++l) re[l] = im[l] = 0.0;
    }
    void permute(std::size_t x) {
        auto const from = *this;
        for (std::size_t l = 0; l < kRow; ++l) {
            re[l] = from.re[l ^ x];
            im[l] = from.im[l ^ x];
        }
    }
};

/// Eight partial sums, so that the additions of a row are in vectors.
struct Sum {
    std::array<double, 8> lanes{};
    void add(Factors const& f, Row const& here, Row const& there) {
        for (std::size_t l = 0; l < kRow; l += lanes.size()) {
            for (std::size_t k = 0; k < lanes.size(); ++k) {
                auto const i = l + k;
                double const re = there.re[i] * here.re[i] + there.im[i] * here.im[i];
                lanes[k] += f.re[i] * re;
                if (!f.is_real) {
                    double const im = there.re[i] * here.im[i] - there.im[i] * here.re[i];
                    lanes[k] -= f.im[i] * im;
                }
            }
        }
    }
};

std::size_t rows_of(std::size_t size) { return std::max<std::size_t>(1, size / kRow); }

/// Calls `body(task_number, row)` for all rows.
template <class Body>
void for_each_row(std::size_t n_rows, Workers workers, Body body) {
    auto const n_tasks = (n_rows + kRowsOfTask - 1) / kRowsOfTask;
    workers.pool.run(n_tasks, workers.poll, [&](std::size_t index, Task& task) {
        auto const end = std::min(n_rows, (index + 1) * kRowsOfTask);
        for (auto row = index * kRowsOfTask; row < end; ++row) {
            if (row % 16 == 0) task.check();
            body(index, row * kRow);
        }
    });
}

}  // namespace

template <class T>
double expectation(StateVector<T> const& state, std::span<PauliWord const> words, Workers workers) {
    auto const sorted = flips(words, state.n_bits());
    auto const n_rows = rows_of(state.size());
    std::vector<Sum> sums((n_rows + kRowsOfTask - 1) / kRowsOfTask);
    for_each_row(n_rows, workers, [&](std::size_t index, std::size_t begin) {
        Row here;
        Row there;
        Factors factors;
        here.load(state, begin);
        for (auto const& flip : sorted) {
            there.load(state, begin ^ flip.x_high);
            if (flip.x_low != 0) there.permute(flip.x_low);
            factors.fill(flip, begin);
            sums[index].add(factors, here, there);
        }
    });
    double total = 0.0;
    for (auto const& sum : sums) {
        for (double const lane : sum.lanes) total += lane;
    }
    return total;
}

template <class T>
void apply(StateVector<T> const& state, std::span<PauliWord const> words, StateVector<T>& out,
           Workers workers) {
    if (out.n_bits() != state.n_bits()) {
        throw ShapeError("states have " + std::to_string(state.n_bits()) + " and " +
                         std::to_string(out.n_bits()) + " qubits");
    }
    auto const sorted = flips(words, state.n_bits());
    for_each_row(rows_of(state.size()), workers, [&](std::size_t, std::size_t begin) {
        Row from;
        Row to;
        Factors factors;
        to.re.fill(0.0);
        to.im.fill(0.0);
        for (auto const& flip : sorted) {
            auto const source = begin ^ flip.x_high;
            from.load(state, source);
            factors.fill(flip, source);
            for (std::size_t l = 0; l < kRow; ++l) {
                auto const i = l ^ flip.x_low;
                to.re[l] += factors.re[i] * from.re[i] - factors.im[i] * from.im[i];
                to.im[l] += factors.re[i] * from.im[i] + factors.im[i] * from.re[i];
            }
        }
        for (std::size_t l = 0; l < std::min(kRow, out.size()); ++l) {
            out.re()[begin + l] = static_cast<T>(2.0 * to.re[l]);
            out.im()[begin + l] = static_cast<T>(2.0 * to.im[l]);
        }
    });
    out.set_support((std::uint64_t{1} << out.n_bits()) - 1);
}

template double expectation(StateVector<float> const&, std::span<PauliWord const>, Workers);
template double expectation(StateVector<double> const&, std::span<PauliWord const>, Workers);
template void apply(StateVector<float> const&, std::span<PauliWord const>, StateVector<float>&,
                    Workers);
template void apply(StateVector<double> const&, std::span<PauliWord const>, StateVector<double>&,
                    Workers);

}  // namespace monoidal::circuit
