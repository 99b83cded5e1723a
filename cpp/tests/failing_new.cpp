#include "failing_new.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace monoidal::tests {
namespace {

std::atomic<bool> is_counting{false};
std::atomic<std::int64_t> n_made{0};
std::atomic<std::int64_t> failing{0};

void count_one() {
    if (is_counting && ++n_made == failing) throw std::bad_alloc();
}

void* allocate(std::size_t size, std::size_t alignment) {
    count_one();
    std::size_t const whole = (size + alignment) / alignment * alignment;  // never 0
    if (void* const p = std::aligned_alloc(alignment, whole)) return p;
    throw std::bad_alloc();
}

}  // namespace

FailingNew::FailingNew(std::int64_t n) {
    n_made = 0;
    failing = n;
    is_counting = true;
}
FailingNew::~FailingNew() { is_counting = false; }
std::int64_t FailingNew::count() const { return n_made; }

}  // namespace monoidal::tests

void* operator new(std::size_t size) {
    return monoidal::tests::allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return monoidal::tests::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    try {
        return operator new(size);
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::nothrow_t const&) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
