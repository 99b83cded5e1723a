#pragma once

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace monoidal {

/// Allocates on cache lines, so that a vector load never straddles two. A vector with it does not
/// touch what it grows by: filling a gigabyte takes longer than an interrupt may wait.
template <class T>
struct AlignedAllocator {
    using value_type = T;
    static constexpr std::align_val_t kAlignment{64};

    AlignedAllocator() = default;
    template <class U>
    explicit AlignedAllocator(AlignedAllocator<U> const&) noexcept {}

    T* allocate(std::size_t n) {
        if (n > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(::operator new(n * sizeof(T), kAlignment));
    }
    void deallocate(T* p, std::size_t /*n*/) noexcept { ::operator delete(p, kAlignment); }
    template <class U>
    void construct(U* p) noexcept {
        ::new (static_cast<void*>(p)) U;
    }
    template <class U, class... Args>
    void construct(U* p, Args&&... args) {
        ::new (static_cast<void*>(p)) U(std::forward<Args>(args)...);
    }
    bool operator==(AlignedAllocator const&) const = default;
};

using Buffer = std::vector<double, AlignedAllocator<double>>;

}  // namespace monoidal
