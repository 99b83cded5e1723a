#pragma once

#include <string_view>

namespace monoidal {

/// Instruction sets that kernels are compiled for, worst first.
enum class Isa { baseline, avx2, avx512 };

/// The best instruction set that this processor and operating system run, found once a process.
/// The environment variable MONOIDAL_ISA (baseline, avx2 or avx512) lowers it, never raises it.
Isa best_isa() noexcept;

/// "baseline", "avx2" or "avx512".
std::string_view name(Isa isa) noexcept;

}  // namespace monoidal
