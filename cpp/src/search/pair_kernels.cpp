// Compiled once an instruction set; MONOIDAL_ISA names the namespace.
#include "pair_kernel.hpp"

#include "../common/vector.hpp"

namespace monoidal::search::MONOIDAL_ISA {
namespace {

typedef float Floats __attribute__((vector_size(MONOIDAL_VECTOR_BYTES), aligned(4), may_alias));
using Mask = decltype(Floats{} < Floats{});
constexpr std::size_t kLanes = MONOIDAL_VECTOR_BYTES / sizeof(float);
constexpr std::size_t kRegisters = kPairBlock / kLanes;

inline Floats at(float const* p) { return *reinterpret_cast<Floats const*>(p); }

}  // namespace

std::size_t find_pairs(PairRow const& row, std::size_t i, std::size_t end, float most,
                       std::uint32_t* out) noexcept {
    constexpr float kRounding = 4e-6F;
    constexpr float kIndependent = 1e-5F;
    float const own = row.along[i];
    std::size_t found = 0;
    for (std::size_t begin = 0; begin < end; begin += kPairBlock) {
        Floats together[kRegisters] = {};
        for (std::size_t p = 0; p < row.n_points; ++p) {
            float const* const line = row.columns + p * row.stride;
            float const u = line[i];
            for (std::size_t k = 0; k < kRegisters; ++k) {
                together[k] += u * at(line + begin + k * kLanes);
            }
        }
        for (std::size_t k = 0; k < kRegisters; ++k) {
            Floats const g = together[k];
            Floats const r = at(row.along + begin + k * kLanes);
            Floats const free = 1.0F - g * g;
            Floats const gain = own * own + r * r - 2.0F * own * g * r;
            Floats const bound = most * at(row.discount + begin + k * kLanes);
            Mask const good = (row.target * free - gain <= bound * free + kRounding * row.target) &
                              (free > kIndependent);
            int any = 0;
            for (std::size_t lane = 0; lane < kLanes; ++lane) any |= good[lane];
            if (any == 0) continue;
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                std::size_t const j = begin + k * kLanes + lane;
                if (good[lane] != 0 && j < end) out[found++] = static_cast<std::uint32_t>(j);
            }
        }
    }
    return found;
}

}  // namespace monoidal::search::MONOIDAL_ISA
