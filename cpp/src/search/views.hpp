#pragma once
// The targets of a search, one a shell; internal to cpp/src/search.

#include <functional>
#include <span>
#include <vector>

#include "enumeration.hpp"
#include "monoidal/search/explore.hpp"

namespace monoidal::search {

/// Throws ShapeError or DomainError.
void check_target(Table const& table, std::span<double const> y);

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

/// Runs `body(shell, target, laws)` for each shell through which y can be seen, `n_a_task` of them
/// a task, and collects the laws in order, at most `keep` in the end.
using Look = std::function<void(Shell, std::span<double const>, std::vector<Law>&, Pause&)>;
std::vector<Law> for_each_view(Table const& table, std::span<double const> y,
                               ExploreOptions const& options, std::size_t n_a_task,
                               ThreadPool& pool, Poll const& poll, Look const& body);

}  // namespace monoidal::search
