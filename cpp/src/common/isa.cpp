#include "monoidal/common/isa.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace monoidal {
namespace {

constexpr std::array kIsas{Isa::baseline, Isa::avx2, Isa::avx512};

Isa supported() noexcept {
#ifdef MONOIDAL_X86
    // The builtins also ask the operating system (XGETBV) whether it saves the wide registers.
    __builtin_cpu_init();
    bool const avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool const avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) return Isa::avx512;
    if (avx2) return Isa::avx2;
#endif
    return Isa::baseline;
}

Isa chosen() noexcept {
    Isa const best = supported();
    char const* const wanted = std::getenv("MONOIDAL_ISA");
    if (wanted == nullptr) return best;
    for (Isa const isa : kIsas) {
        if (name(isa) == wanted) return std::min(isa, best);
    }
    return best;
}

}  // namespace

Isa best_isa() noexcept {
    static Isa const isa = chosen();
    return isa;
}

std::string_view name(Isa isa) noexcept {
    switch (isa) {
        case Isa::avx512: return "avx512";
        case Isa::avx2: return "avx2";
        case Isa::baseline: break;
    }
    return "baseline";
}

}  // namespace monoidal
