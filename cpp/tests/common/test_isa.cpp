#include <doctest/doctest.h>

#include "monoidal/common/isa.hpp"

namespace monoidal {

TEST_CASE("best_isa: is found once and stays") { CHECK(best_isa() == best_isa()); }

TEST_CASE("name: every instruction set has the name of its namespace") {
    CHECK(name(Isa::baseline) == "baseline");
    CHECK(name(Isa::avx2) == "avx2");
    CHECK(name(Isa::avx512) == "avx512");
}

}  // namespace monoidal
