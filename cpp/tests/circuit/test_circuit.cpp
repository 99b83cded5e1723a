#include <doctest/doctest.h>

#include <limits>

#include "monoidal/circuit/circuit.hpp"
#include "monoidal/common/error.hpp"

namespace monoidal::circuit {
namespace {

Circuit with(Operation op) { return {2, {{GateId::H, {0, 0}}, op}, {}, {}, 1, 1.0}; }

}  // namespace

TEST_CASE("Circuit: an operation that does not fit is refused by number and name") {
    CHECK_THROWS_WITH_AS(with({GateId::CX, {0, 2}}),
                         "operation 1 (CX) acts on qubit 2, the circuit has 2", ShapeError);
    CHECK_THROWS_WITH_AS(with({GateId::CZ, {1, 1}}), "operation 1 (CZ) acts on qubit 1 twice",
                         ShapeError);
    CHECK_THROWS_WITH_AS(with({GateId::Rx, {0, 0}, 1}),
                         "operation 1 (Rx) has parameter 1, the circuit has 1", ShapeError);
    CHECK_THROWS_AS(with({GateId::H, {0xffffffff, 0}}), ShapeError);
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInf = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(with({GateId::Rx, {0, 0}, 0, kNan}), DomainError);
    CHECK_THROWS_AS(with({GateId::Rx, {0, 0}, 0, 1.0, kInf}), DomainError);
    CHECK_NOTHROW(with({GateId::H, {0, 0}}));  // both places of a one-qubit gate may be equal
}

TEST_CASE("Circuit: inputs and outputs are qubits of it, each once") {
    auto const make = [](std::vector<std::uint32_t> in, std::vector<std::uint32_t> out) {
        return Circuit(3, {}, std::move(in), std::move(out), 0, 1.0);
    };
    CHECK(make({2, 0}, {1}).n_bits() == 5);
    CHECK(make({2, 0}, {1}).tensor_size().value() == 8);
    CHECK_THROWS_WITH_AS(make({3}, {}), "inputs names qubit 3, the circuit has 3", ShapeError);
    CHECK_THROWS_WITH_AS(make({}, {1, 1}), "outputs names qubit 1 twice", ShapeError);
}

TEST_CASE("Circuit: sizes of large circuits saturate, and the largest are refused") {
    Circuit const c(1000, {}, {}, {}, 0, 1.0);
    CHECK(c.state_size().is_saturated());
    CHECK(Circuit(63, {}, {}, {}, 0, 1.0).state_size().value() == std::uint64_t{1} << 63);
    CHECK(Circuit(64, {}, {}, {}, 0, 1.0).state_size().is_saturated());
    CHECK(Circuit(0, {}, {}, {}, 0, 1.0).state_size().value() == 1);
    CHECK_THROWS_AS(Circuit(0x7fffffff, {}, {}, {}, 0, 1.0), TooLargeError);
}

}  // namespace monoidal::circuit
