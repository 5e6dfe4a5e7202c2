// Two connected ends in memory, on any runtime: what joins two parts of one process without a
// socket between them.
#pragma once

#include <memory>
#include <utility>

#include "net/runtime.hpp"

namespace net {

// The first end has `near` as its own address, the second `far`. Each direction holds 256 KiB
// before writes block. The runtime outlives both.
std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> make_memory_pipe(runtime& rt,
                                                                             endpoint near,
                                                                             endpoint far);

}  // namespace net
