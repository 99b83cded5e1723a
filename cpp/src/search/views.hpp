#pragma once
// The targets of a search, one a shell; internal to cpp/src/search.

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "enumeration.hpp"
#include "monoidal/search/explore.hpp"

namespace monoidal::search {

/// Throws ShapeError or DomainError.
void check_target(Table const& table, std::span<double const> y);

/// y through one shell.
struct View {
    Shell shell;
    Dimensions::Id kind = Dimensions::kPure;  // of what is left, before a logarithm
    std::size_t n = 0;
    std::uint32_t negative = 0;  // where what is left of y, before the transform, is so
    Point values{};
    Point weights{};  // times a change of the value: the change of y over the norm of y less mean

    [[nodiscard]] std::span<double const> target() const { return {values.data(), n}; }
    /// Whether a law may have a term that is a pure number.
    [[nodiscard]] bool has_offset() const { return kind == Dimensions::kPure; }
};

/// None where y cannot be seen through the shell, or its units forbid that. A logarithm of what
/// has units is left in: it is a law where a monomial of variables takes the units away.
std::optional<View> see(Table const& table, std::span<double const> y, Shell shell,
                        bool any_sign = false);

/// All shells in a fixed order: no peel first, then by entry.
std::vector<Shell> shells(std::size_t n_peels, std::size_t n_transforms);

/// Asked between pieces of work: throws on Ctrl-C, and tells when the time is over.
class Pause {
public:
    Pause(Task& task, Deadline const& deadline) : task_(task), deadline_(deadline) {}
    bool is_over() {
        task_.check();
        return deadline_.is_over();
    }

private:
    Task& task_;
    Deadline const& deadline_;
};

/// Runs `body(view, laws)` for each shell through which y can be seen, `n_a_task` of them a task,
/// and collects the laws in order, at most `keep` in the end.
using Look = std::function<void(View const&, std::vector<Law>&, Pause&)>;
std::vector<Law> for_each_view(Table const& table, std::span<double const> y,
                               ExploreOptions const& options, std::size_t n_a_task,
                               ThreadPool& pool, Poll const& poll, Look const& body,
                               bool any_sign = false);

}  // namespace monoidal::search
