#include "gateway/elements/body_peek.hpp"

#include <utility>

namespace gateway {

namespace {

class replayed_body final : public net::body_source {
 public:
  replayed_body(std::string start, std::unique_ptr<net::body_source> rest, bool ended,
                std::error_code error)
      : start_(std::move(start)),
        rest_(std::move(rest)),
        size_(rest_->size()),
        ended_(ended),
        error_(error) {}

  net::task<net::result<std::string_view>> pull() override {
    if (!std::exchange(replayed_, true) && !start_.empty()) co_return std::string_view(start_);
    if (error_) co_return error_;
    if (ended_) co_return std::string_view{};
    auto waiting = rest_->pull();
    co_return co_await waiting;
  }
  std::optional<std::uint64_t> size() const override { return size_; }
  const net::header_list* trailer() const override { return rest_->trailer(); }

 private:
  std::string start_;
  std::unique_ptr<net::body_source> rest_;
  std::optional<std::uint64_t> size_;
  bool ended_;
  std::error_code error_;
  bool replayed_ = false;
};

}  // namespace

net::task<peeked_body> peek(std::unique_ptr<net::body_source>& body, std::size_t limit) {
  peeked_body seen;
  seen.complete = true;
  if (!body) co_return seen;
  std::string start;
  std::error_code error;
  bool ended = false;
  while (start.size() <= limit) {
    auto waiting = body->pull();
    auto piece = co_await waiting;
    error = piece.error();
    ended = !error && (*piece).empty();
    if (error || ended) break;
    start += *piece;
  }
  seen.start = start.substr(0, limit);
  seen.complete = ended && start.size() <= limit;
  body = std::make_unique<replayed_body>(std::move(start), std::move(body), ended, error);
  co_return seen;
}

}  // namespace gateway
