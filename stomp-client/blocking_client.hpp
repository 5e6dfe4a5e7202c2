// The client for callers without a runtime: every call blocks, heart-beats go on in between. Use
// one from one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/background.hpp"
#include "stomp-client/client.hpp"

namespace stomp_client {

class blocking_client {
 public:
  // Connects and waits for CONNECTED. Throws std::runtime_error with the reason when that fails
  // within `limit`, also for a URL that is not one.
  blocking_client(std::string_view url, options chosen,
                  net::duration limit = std::chrono::seconds(10));
  blocking_client(const blocking_client&) = delete;
  blocking_client& operator=(const blocking_client&) = delete;
  ~blocking_client();

  // Wait for the receipt. False when it does not come within the limit; error() says more.
  bool send(const std::string& destination, const std::string& body,
            const std::vector<stomp::header>& headers = {});
  bool subscribe(const std::string& destination, stomp::ack_mode mode = stomp::ack_mode::automatic,
                 const std::vector<stomp::header>& headers = {});
  bool ack(const stomp::frame& message);
  bool nack(const stomp::frame& message);
  // The next message; nothing when none comes within `limit` or the connection has ended.
  std::optional<stomp::frame> next(net::duration limit);
  // DISCONNECT with its receipt. Also done by the destructor.
  void disconnect();
  // Why the last call failed, in words.
  const std::string& error() const noexcept { return error_; }

 private:
  using call = std::function<stomp::sent(client&)>;
  bool settle(call request);

  net::background background_;
  std::unique_ptr<client> client_;  // lives on the background's thread
  net::duration limit_;
  std::string error_;
};

}  // namespace stomp_client
