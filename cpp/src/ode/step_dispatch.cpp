#include "step_kernels.hpp"

namespace monoidal::ode {

namespace baseline {
extern StepKernels const kSteps;
}  // namespace baseline
#ifdef MONOIDAL_X86
namespace avx2 {
extern StepKernels const kSteps;
}  // namespace avx2
namespace avx512 {
extern StepKernels const kSteps;
}  // namespace avx512
#endif

StepKernels const& step_kernels(Isa isa) noexcept {
#ifdef MONOIDAL_X86
    if (isa == Isa::avx512) return avx512::kSteps;
    if (isa == Isa::avx2) return avx2::kSteps;
#endif
    static_cast<void>(isa);
    return baseline::kSteps;
}

StepKernels const& step_kernels() noexcept { return step_kernels(best_isa()); }

}  // namespace monoidal::ode
