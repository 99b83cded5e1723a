#include "kernels.hpp"

namespace monoidal::expression {

namespace baseline {
extern Kernels<double> const kDouble;
extern Kernels<float> const kFloat;
}  // namespace baseline
#ifdef MONOIDAL_X86
namespace avx2 {
extern Kernels<double> const kDouble;
extern Kernels<float> const kFloat;
}  // namespace avx2
namespace avx512 {
extern Kernels<double> const kDouble;
extern Kernels<float> const kFloat;
}  // namespace avx512
#endif

template <>
Kernels<double> const& kernels<double>(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kDouble;
    if (isa == Isa::avx2) return avx2::kDouble;
#endif
    static_cast<void>(isa);
    return baseline::kDouble;
}

template <>
Kernels<float> const& kernels<float>(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kFloat;
    if (isa == Isa::avx2) return avx2::kFloat;
#endif
    static_cast<void>(isa);
    return baseline::kFloat;
}

template <>
Kernels<double> const& kernels<double>() noexcept {
    return kernels<double>(best_isa());
}
template <>
Kernels<float> const& kernels<float>() noexcept {
    return kernels<float>(best_isa());
}

}  // namespace monoidal::expression
