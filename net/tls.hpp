// TLS 1.2 and 1.3 over any stream. OpenSSL talks to the stream below through a BIO of ours that
// uses scratch memory of the thread, so an idle connection owns no record buffer.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/key_material.hpp"
#include "net/runtime.hpp"
#include "net/stream.hpp"

namespace net {

// Whether a server lets clients resume their sessions (RFC 8446 4.6.1).
enum class session_tickets { offer, none };

// What a side agrees to. At least one version; ciphers as OpenSSL lists them, empty: its choice.
struct tls_rules {
  bool tls12 = true;
  bool tls13 = true;
  std::string cipher_list;    // for TLS 1.2
  std::string cipher_suites;  // for TLS 1.3
};

// Whether a server asks for the client's certificate: `want` verifies one that comes, `need` ends
// the handshake without one.
enum class client_certificate { none, want, need };

// Immutable settings of one side; shared by its connections. Wraps an SSL_CTX.
class tls_context {
 public:
  struct server_options {
    // The size of a ticket is a matter of chance; without, every handshake has the same lengths,
    // which makes runs on a simulation repeatable.
    session_tickets tickets = session_tickets::offer;
    tls_rules rules;
    client_certificate ask = client_certificate::none;
    std::vector<crypto::certificate> trusted;  // whose clients; empty: the system's certificates
  };
  // For a server that shows one of `all`, at least one: that for the name the client asks for
  // (choose_certificate). When none fits, the handshake ends with the alert unrecognized_name.
  static std::shared_ptr<const tls_context> server(std::span<const crypto::identity> all,
                                                   const server_options& options);
  // For a server that shows `who`.
  static std::shared_ptr<const tls_context> server(const crypto::identity& who,
                                                   const server_options& options) {
    return server(std::span(&who, 1), options);
  }
  static std::shared_ptr<const tls_context> server(const crypto::identity& who) {
    return server(who, server_options{});
  }
  // For a client. With `verify`, the chain must lead to one of `trusted` (empty: the system's
  // certificates) and name the host. Without, any certificate is taken.
  struct client_options {
    bool verify = true;
    std::vector<crypto::certificate> trusted;
    const crypto::identity* who = nullptr;  // client certificate, or null
    tls_rules rules;
    bool check_host = true;      // with `verify`: the certificate must name the host
    bool ignore_expiry = false;  // with `verify`: time does not matter
    // SNI instead of the host, and accepted as the certificate's name as well; empty: sends none.
    std::optional<std::string> server_name;
  };
  static std::shared_ptr<const tls_context> client(const client_options& options);

  SSL_CTX* native() const noexcept { return native_.get(); }
  // Names `ssl` as a connection to `host`: SNI and what the certificate must say.
  void name_peer(SSL* ssl, const std::string& host) const;

 private:
  explicit tls_context(const SSL_METHOD* method);
  static std::shared_ptr<tls_context> server_of_one(const crypto::identity& who,
                                                    const server_options& options);
  // OpenSSL's question for the name that a client asked for; `context` is a tls_context.
  static int on_server_name(SSL* ssl, int* alert, void* context);

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> native_;
  // A server with several certificates: the DNS names of each, and the context of each but ours,
  // which is the first.
  std::vector<std::vector<std::string>> names_;
  std::vector<std::shared_ptr<const tls_context>> others_;
  bool check_host_ = true;
  std::optional<std::string> server_name_;
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
