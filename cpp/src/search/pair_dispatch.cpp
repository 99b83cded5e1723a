#include "monoidal/common/isa.hpp"
#include "pair_kernel.hpp"

namespace monoidal::search {

#define MONOIDAL_DECLARE(isa)                                                              \
    namespace isa {                                                                        \
    std::size_t find_pairs(PairRow const& row, std::size_t i, std::size_t end, float most, \
                           std::uint32_t* out) noexcept;                                   \
    }
MONOIDAL_DECLARE(baseline)
#ifdef MONOIDAL_X86
MONOIDAL_DECLARE(avx2)
MONOIDAL_DECLARE(avx512)
#endif
#undef MONOIDAL_DECLARE

FindPairs find_pairs() noexcept {
#ifdef MONOIDAL_X86
    if (best_isa() == Isa::avx512) return avx512::find_pairs;
    if (best_isa() == Isa::avx2) return avx2::find_pairs;
#endif
    return baseline::find_pairs;
}

}  // namespace monoidal::search
