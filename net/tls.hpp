// TLS 1.2 and 1.3 over any stream. OpenSSL talks to the stream below through a BIO of ours that
// uses scratch memory of the thread, so an idle connection owns no record buffer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/key_material.hpp"
#include "net/runtime.hpp"
#include "net/stream.hpp"

namespace net {

// Whether a server lets clients resume their sessions (RFC 8446 4.6.1).
enum class session_tickets { offer, none };

// Immutable settings of one side; shared by its connections. Wraps an SSL_CTX.
class tls_context {
 public:
  // For a server that shows `who`. The size of a session ticket is a matter of chance; without
  // tickets every handshake has the same lengths, which makes runs on a simulation repeatable.
  static std::shared_ptr<const tls_context> server(const crypto::identity& who,
                                                   session_tickets tickets);
  static std::shared_ptr<const tls_context> server(const crypto::identity& who) {
    return server(who, session_tickets::offer);
  }
  // For a client. With `verify`, the chain must lead to one of `trusted` (empty: the system's
  // certificates) and name the host. Without, any certificate is taken.
  struct client_options {
    bool verify = true;
    std::vector<crypto::certificate> trusted;
    const crypto::identity* who = nullptr;  // client certificate, or null
  };
  static std::shared_ptr<const tls_context> client(const client_options& options);

  SSL_CTX* native() const noexcept { return native_.get(); }

 private:
  explicit tls_context(const SSL_METHOD* method);
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> native_;
};

// Handshakes as server, or as client of `host` (SNI and name check). The caller sets the deadline.
// errc::tls_failure with the reason in `why` (may be null), or connection_lost.
task<result<std::unique_ptr<stream>>> tls_accept(runtime& rt, std::unique_ptr<stream> below,
                                                 std::shared_ptr<const tls_context> context,
                                                 std::string* why = nullptr);
task<result<std::unique_ptr<stream>>> tls_connect(runtime& rt, std::unique_ptr<stream> below,
                                                  std::shared_ptr<const tls_context> context,
                                                  std::string host, std::string* why = nullptr);

}  // namespace net
