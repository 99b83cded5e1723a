#pragma once

#include <cstdint>

namespace monoidal::tests {

/// While it lives, the n-th allocation by `new` from now (1 the next), in any thread, throws
/// std::bad_alloc; n = 0 fails none and counts them. The test executable replaces operator new.
class FailingNew {
public:
    explicit FailingNew(std::int64_t n);
    ~FailingNew();
    FailingNew(FailingNew const&) = delete;
    FailingNew& operator=(FailingNew const&) = delete;
    /// Allocations since it was made.
    [[nodiscard]] std::int64_t count() const;
};

}  // namespace monoidal::tests
