#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <string_view>

namespace monoidal::circuit {

/// What a gate does to its last qubit when all its controls are 1.
enum class Action : std::uint8_t {
    matrix,  ///< a fixed 2 x 2 matrix
    rotate_x,
    rotate_y,
    rotate_z,  ///< R_P(p) = exp(-i pi p P), p in full turns
    phase,     ///< diag(1, exp(2 pi i p))
    swap,      ///< exchanges its two qubits
};

enum class GateId : std::uint8_t {
    H,
    X,
    Y,
    Z,
    S,
    Sdg,
    T,
    Tdg,
    CX,
    CY,
    CZ,
    Rx,
    Ry,
    Rz,
    Phase,
    CRx,
    CRy,
    CRz,
    CPhase,
    Swap,
};

using Matrix2 = std::array<std::complex<double>, 4>;  // row-major

struct Gate {
    GateId id;
    std::string_view name;
    std::uint8_t n_qubits;
    std::uint8_t n_controls;
    Action action;
    /// Terms of the exact parameter-shift rule of a probability: 2 where the generator's
    /// eigenvalues differ by one half turn only, 4 where a control adds the eigenvalue 0; 0 without
    /// parameter.
    std::uint8_t n_shift_terms;
    Matrix2 matrix;  ///< of Action::matrix

    [[nodiscard]] constexpr bool has_parameter() const {
        return action != Action::matrix && action != Action::swap;
    }
};

namespace detail {
inline constexpr double kHalfRoot = 0.70710678118654752440;
inline constexpr std::complex<double> kI{0.0, 1.0};
inline constexpr Matrix2 kNone{1.0, 0.0, 0.0, 1.0};
inline constexpr Matrix2 kHadamard{kHalfRoot, kHalfRoot, kHalfRoot, -kHalfRoot};
inline constexpr Matrix2 kX{0.0, 1.0, 1.0, 0.0};
inline constexpr Matrix2 kY{0.0, -kI, kI, 0.0};
inline constexpr Matrix2 kZ{1.0, 0.0, 0.0, -1.0};
inline constexpr Matrix2 kS{1.0, 0.0, 0.0, kI};
inline constexpr Matrix2 kSdg{1.0, 0.0, 0.0, -kI};
inline constexpr Matrix2 kT{1.0, 0.0, 0.0, std::complex<double>{kHalfRoot, kHalfRoot}};
inline constexpr Matrix2 kTdg{1.0, 0.0, 0.0, std::complex<double>{kHalfRoot, -kHalfRoot}};
}  // namespace detail

/// The one table of gates. Everything that treats gates by name is checked against it.
inline constexpr std::array kGates{
    Gate{GateId::H, "H", 1, 0, Action::matrix, 0, detail::kHadamard},
    Gate{GateId::X, "X", 1, 0, Action::matrix, 0, detail::kX},
    Gate{GateId::Y, "Y", 1, 0, Action::matrix, 0, detail::kY},
    Gate{GateId::Z, "Z", 1, 0, Action::matrix, 0, detail::kZ},
    Gate{GateId::S, "S", 1, 0, Action::matrix, 0, detail::kS},
    Gate{GateId::Sdg, "Sdg", 1, 0, Action::matrix, 0, detail::kSdg},
    Gate{GateId::T, "T", 1, 0, Action::matrix, 0, detail::kT},
    Gate{GateId::Tdg, "Tdg", 1, 0, Action::matrix, 0, detail::kTdg},
    Gate{GateId::CX, "CX", 2, 1, Action::matrix, 0, detail::kX},
    Gate{GateId::CY, "CY", 2, 1, Action::matrix, 0, detail::kY},
    Gate{GateId::CZ, "CZ", 2, 1, Action::matrix, 0, detail::kZ},
    Gate{GateId::Rx, "Rx", 1, 0, Action::rotate_x, 2, detail::kNone},
    Gate{GateId::Ry, "Ry", 1, 0, Action::rotate_y, 2, detail::kNone},
    Gate{GateId::Rz, "Rz", 1, 0, Action::rotate_z, 2, detail::kNone},
    Gate{GateId::Phase, "Phase", 1, 0, Action::phase, 2, detail::kNone},
    Gate{GateId::CRx, "CRx", 2, 1, Action::rotate_x, 4, detail::kNone},
    Gate{GateId::CRy, "CRy", 2, 1, Action::rotate_y, 4, detail::kNone},
    Gate{GateId::CRz, "CRz", 2, 1, Action::rotate_z, 4, detail::kNone},
    Gate{GateId::CPhase, "CPhase", 2, 1, Action::phase, 2, detail::kNone},
    Gate{GateId::Swap, "Swap", 2, 0, Action::swap, 0, detail::kNone},
};

constexpr Gate const& gate(GateId id) { return kGates[static_cast<std::size_t>(id)]; }

constexpr std::optional<GateId> find_gate(std::string_view name) {
    for (auto const& entry : kGates) {
        if (entry.name == name) return entry.id;
    }
    return std::nullopt;
}

}  // namespace monoidal::circuit
