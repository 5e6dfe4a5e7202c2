#include "net/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

#include "net/certificate_choice.hpp"

namespace net {

namespace {

// Ciphertext that one OpenSSL call produced. Empty between calls, so every connection of the thread
// can use the same memory; whoever fills it also takes it out before returning.
thread_local std::string outgoing;
constexpr std::size_t largest_write = 64 * 1024;

class tls_stream;
BIO_METHOD* stream_bio();

class tls_stream final : public stream {
 public:
  tls_stream(runtime& rt, std::unique_ptr<stream> below, std::shared_ptr<const tls_context> context)
      : runtime_(rt),
        below_(std::move(below)),
        context_(std::move(context)),
        ssl_(SSL_new(context_->native()), &SSL_free),
        alive_(std::make_shared<tls_stream*>(this)) {
    if (!ssl_) throw std::runtime_error("SSL_new failed");
    BIO* bio = BIO_new(stream_bio());
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
  }
  ~tls_stream() override {
    *alive_ = nullptr;
    close();
  }

  SSL* native() noexcept { return ssl_.get(); }
  const tls_context& settings() const noexcept { return *context_; }

  // One step of the handshake: success, would_block (wait for `wanted`), or the failure.
  std::error_code handshake(direction& wanted, std::string* why) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    const int code = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    drained_ = code == SSL_ERROR_WANT_READ;
    const std::error_code failed = code == SSL_ERROR_NONE || code == SSL_ERROR_WANT_READ
                                       ? std::error_code{}
                                       : explain(code, why);
    flush();
    if (failed) return failed;
    if (write_error_) return write_error_;
    wanted = unsent_.empty() ? direction::read : direction::write;
    if (code == SSL_ERROR_NONE && unsent_.empty()) {
      remember();
      return {};
    }
    return errc::would_block;
  }

  transfer try_read(std::span<char> into) override {
    if (closed_) return {0, errc::connection_lost};
    ERR_clear_error();
    std::size_t size = 0;
    const int ok = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
    const int code = ok == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), ok);
    drained_ = code == SSL_ERROR_WANT_READ;
    std::error_code error;
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
      error = errc::would_block;
    } else if (code == SSL_ERROR_ZERO_RETURN) {
      error = errc::end_of_stream;
    } else if (code != SSL_ERROR_NONE) {
      error = explain(code, nullptr);
    }
    flush();  // a key update or an alert may have to go out
    return {size, error};
  }

  transfer try_write(std::span<const char> from) override {
    if (closed_ || write_ended_) return {0, errc::connection_lost};
    flush();
    if (write_error_) return {0, write_error_};
    if (!unsent_.empty()) return {0, errc::would_block};
    ERR_clear_error();
    std::size_t taken = 0;
    std::error_code error;
    const std::size_t most = std::min(from.size(), largest_write);
    while (taken < most && !error) {
      std::size_t size = 0;
      const int ok = SSL_write_ex(ssl_.get(), from.data() + taken, most - taken, &size);
      taken += size;
      if (ok != 1) error = explain(SSL_get_error(ssl_.get(), ok), nullptr);
    }
    flush();
    if (write_error_) return {0, write_error_};  // nothing of it will arrive
    if (taken == 0) return {0, error ? error : make_error_code(errc::connection_lost)};
    return {taken, {}};
  }

  void wait(direction d, std::function<void()> ready) override {
    if (d == direction::write) {
      write_ready_ = std::move(ready);
      arm_drain();
      return;
    }
    if (!closed_ && !drained_ && SSL_has_pending(ssl_.get())) {
      read_ready_ = std::move(ready);
      runtime_.post([alive = alive_] {
        if (*alive && (*alive)->read_ready_) std::exchange((*alive)->read_ready_, nullptr)();
      });
      return;
    }
    below_->wait(direction::read, std::move(ready));
  }

  void cancel_wait(direction d) noexcept override {
    if (d == direction::write) {
      write_ready_ = nullptr;
      if (unsent_.empty()) below_->cancel_wait(direction::write);
      return;
    }
    read_ready_ = nullptr;
    below_->cancel_wait(direction::read);
  }

  void shutdown_write() override {
    if (closed_ || std::exchange(write_ended_, true)) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    flush();
  }

  void close() noexcept override {
    if (std::exchange(closed_, true)) return;
    write_ready_ = nullptr;
    read_ready_ = nullptr;
    below_->close();
  }
  void reset() noexcept override {
    closed_ = true;
    write_ready_ = nullptr;
    read_ready_ = nullptr;
    below_->reset();
  }

  endpoint local_endpoint() const override { return below_->local_endpoint(); }
  endpoint remote_endpoint() const override { return below_->remote_endpoint(); }
  const tls_info* tls() const override { return &info_; }

  // Says why the handshake fails, better than OpenSSL can.
  void refuse(std::string why) { refusal_ = std::move(why); }

  // For the BIO: reads ciphertext straight into OpenSSL's buffer.
  int bio_read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    auto [got, error] = below_->try_read({into, static_cast<std::size_t>(size)});
    if (got > 0) return static_cast<int>(got);
    if (error == errc::would_block) {
      BIO_set_retry_read(bio);
      return -1;
    }
    lost_ = true;
    return 0;
  }

 private:
  // Sends what OpenSSL produced; keeps the rest and leaves a wait armed, so that nothing is stuck
  // when the caller does not write again. Behind the last of it goes the FIN that is due.
  void flush() {
    if (!outgoing.empty()) {
      if (unsent_.empty()) {
        send_prefix(outgoing);
        if (!outgoing.empty()) unsent_ = outgoing;
      } else {
        unsent_ += outgoing;
      }
      outgoing.clear();
    }
    if (!unsent_.empty() && !closed_) {
      send_prefix(unsent_);
      if (unsent_.empty()) {
        unsent_ = std::string();
      } else {
        arm_drain();
      }
    }
    if (write_ended_ && unsent_.empty() && !closed_ && !std::exchange(fin_sent_, true)) {
      below_->shutdown_write();
    }
  }

  void send_prefix(std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size() && !write_error_) {
      auto [size, error] = below_->try_write({bytes.data() + sent, bytes.size() - sent});
      sent += size;
      if (size == 0 && error == errc::would_block) break;
      if (size == 0) write_error_ = error;
    }
    if (write_error_) sent = bytes.size();
    bytes.erase(0, sent);
  }

  void arm_drain() {
    if (closed_) return;
    below_->wait(direction::write, [alive = alive_] {
      if (*alive) (*alive)->on_writable();
    });
  }

  void on_writable() {
    if (!unsent_.empty()) {
      flush();
      if (!unsent_.empty()) return;  // flush armed the next wait
    }
    if (write_ready_) std::exchange(write_ready_, nullptr)();
  }

  std::error_code explain(int code, std::string* why) {
    const unsigned long queued = ERR_peek_last_error();
    const char* reason = queued ? ERR_reason_error_string(queued) : nullptr;
    ERR_clear_error();
    if (lost_ || code == SSL_ERROR_SYSCALL) {
      if (why) *why = "the peer ended the connection";
      return errc::connection_lost;
    }
    if (why) *why = reason ? reason : "unknown TLS error";
    if (why && !refusal_.empty()) *why = refusal_;
    const long verified = SSL_get_verify_result(ssl_.get());
    if (why && verified != X509_V_OK) *why = X509_verify_cert_error_string(verified);
    return errc::tls_failure;
  }

  void remember() {
    info_.protocol = SSL_get_version(ssl_.get());
    info_.cipher = SSL_get_cipher_name(ssl_.get());
    if (const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name)) {
      info_.server_name = name;
    }
    // Only servers that verify certificates ask for one.
    if (SSL_is_server(ssl_.get()) != 1 || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return;
    const crypto::certificate peer(SSL_get1_peer_certificate(ssl_.get()),
                                   crypto::openssl_deleter{});
    if (peer) info_.client_subject = crypto::subject(peer);
  }

  runtime& runtime_;
  std::unique_ptr<stream> below_;
  std::shared_ptr<const tls_context> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  std::shared_ptr<tls_stream*> alive_;  // callbacks look here whether we still exist
  std::string unsent_;                  // ciphertext that did not fit; only under back-pressure
  std::error_code write_error_;
  std::function<void()> write_ready_;
  std::function<void()> read_ready_;
  tls_info info_;
  std::string refusal_;
  bool drained_ = false;  // the last read found nothing more below
  bool lost_ = false;     // the stream below ended without close_notify
  bool write_ended_ = false;
  bool fin_sent_ = false;
  bool closed_ = false;
};

int bio_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  outgoing.append(from, static_cast<std::size_t>(size));
  return size;
}

int bio_read(BIO* bio, char* into, int size) {
  return static_cast<tls_stream*>(BIO_get_data(bio))->bio_read(bio, into, size);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* stream_bio() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "net::stream");
    BIO_meth_set_write(m, &bio_write);
    BIO_meth_set_read(m, &bio_read);
    BIO_meth_set_ctrl(m, &bio_control);
    return m;
  }();
  return method;
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned in_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  const int chosen = SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, ours,
                                           sizeof ours - 1, in, in_size);
  return chosen == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void use_identity(SSL_CTX* context, const crypto::identity& who) {
  bool ok = SSL_CTX_use_certificate(context, who.leaf.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, who.key.get()) == 1;
  for (const auto& c : who.chain) {
    ok = ok && X509_up_ref(c.get()) == 1 && SSL_CTX_add_extra_chain_cert(context, c.get()) == 1;
  }
  if (!ok) throw std::runtime_error("key and certificate do not fit together");
}

void use_rules(SSL_CTX* context, const tls_rules& rules) {
  bool ok = rules.tls12 || rules.tls13;
  if (!rules.tls12) SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (!rules.tls13) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  if (!rules.cipher_list.empty())
    ok = ok && SSL_CTX_set_cipher_list(context, rules.cipher_list.c_str()) == 1;
  if (!rules.cipher_suites.empty())
    ok = ok && SSL_CTX_set_ciphersuites(context, rules.cipher_suites.c_str()) == 1;
  if (!ok) throw std::runtime_error("no such TLS versions or ciphers");
}

void trust(SSL_CTX* context, const std::vector<crypto::certificate>& trusted) {
  if (trusted.empty()) SSL_CTX_set_default_verify_paths(context);
  for (const auto& c : trusted) X509_STORE_add_cert(SSL_CTX_get_cert_store(context), c.get());
}

void ask_clients(SSL_CTX* context, const tls_context::server_options& options) {
  const int fail = options.ask == client_certificate::need ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | fail, nullptr);
  trust(context, options.trusted);
  // Clients choose their certificate by these names.
  for (const auto& c : options.trusted) SSL_CTX_add_client_CA(context, c.get());
  // A session that carries a verified client is resumed only within a named context.
  static constexpr unsigned char name[] = "pumphouse";
  SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
}

bool is_address(const std::string& host) {
  in6_addr any;
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

task<result<std::unique_ptr<stream>>> handshake(std::unique_ptr<tls_stream> tls, std::string* why) {
  while (true) {
    direction wanted = direction::read;
    const std::error_code error = tls->handshake(wanted, why);
    if (!error) co_return std::unique_ptr<stream>(std::move(tls));
    if (error != errc::would_block) co_return error;
    co_await readiness(*tls, wanted);
  }
}

}  // namespace

tls_context::tls_context(const SSL_METHOD* method) : native_(SSL_CTX_new(method), &SSL_CTX_free) {
  if (!native_) throw std::runtime_error("SSL_CTX_new failed");
  SSL_CTX* c = native_.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_read_ahead(c, 1);
}

std::shared_ptr<tls_context> tls_context::server_of_one(const crypto::identity& who,
                                                        const server_options& options) {
  std::shared_ptr<tls_context> made(new tls_context(TLS_server_method()));
  SSL_CTX* c = made->native();
  use_identity(c, who);
  use_rules(c, options.rules);
  SSL_CTX_set_alpn_select_cb(c, &choose_alpn, nullptr);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (options.tickets == session_tickets::none) {
    SSL_CTX_set_num_tickets(c, 0);
    SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
  }
  if (options.ask != client_certificate::none) ask_clients(c, options);
  return made;
}

std::shared_ptr<const tls_context> tls_context::server(std::span<const crypto::identity> all,
                                                       const server_options& options) {
  auto made = server_of_one(all.front(), options);
  if (all.size() == 1) return made;
  for (const crypto::identity& who : all) {
    made->names_.push_back(crypto::dns_names(who.leaf));
    if (&who != &all.front()) made->others_.push_back(server_of_one(who, options));
  }
  // The macro SSL_CTX_set_tlsext_servername_callback with a cast of our kind.
  SSL_CTX_callback_ctrl(made->native(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(&on_server_name));
  SSL_CTX_set_tlsext_servername_arg(made->native(), made.get());
  return made;
}

int tls_context::on_server_name(SSL* ssl, int* alert, void* context) {
  const auto& self = *static_cast<const tls_context*>(context);
  const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const std::string_view name = sent ? sent : "";
  const auto chosen = choose_certificate(self.names_, name);
  if (!chosen) {
    auto* stream = static_cast<tls_stream*>(BIO_get_data(SSL_get_rbio(ssl)));
    stream->refuse("no certificate is for the name '" + std::string(name) + "'");
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  // Versions and ciphers stay those of the first: they are the same.
  if (*chosen > 0 && !SSL_set_SSL_CTX(ssl, self.others_[*chosen - 1]->native())) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  return SSL_TLSEXT_ERR_OK;
}

std::shared_ptr<const tls_context> tls_context::client(const client_options& options) {
  std::shared_ptr<tls_context> made(new tls_context(TLS_client_method()));
  SSL_CTX* c = made->native();
  SSL_CTX_set_verify(c, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  use_rules(c, options.rules);
  trust(c, options.trusted);
  if (options.ignore_expiry) {
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(c), X509_V_FLAG_NO_CHECK_TIME);
  }
  if (options.who) use_identity(c, *options.who);
  made->check_host_ = options.check_host;
  made->server_name_ = options.server_name;
  return made;
}

void tls_context::name_peer(SSL* ssl, const std::string& host) const {
  const std::string sni = server_name_.value_or(is_address(host) ? std::string() : host);
  if (!sni.empty()) {
    // The macro SSL_set_tlsext_host_name with casts of our kind.
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(sni.c_str()));
  }
  if (!check_host_) return;
  // OpenSSL would want both of an address and a name, but either of two names.
  if (is_address(host) && sni.empty()) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    return;
  }
  if (!is_address(host)) SSL_add1_host(ssl, host.c_str());
  if (!sni.empty() && sni != host) SSL_add1_host(ssl, sni.c_str());
}

task<result<std::unique_ptr<stream>>> tls_accept(runtime& rt, std::unique_ptr<stream> below,
                                                 std::shared_ptr<const tls_context> context,
                                                 std::string* why) {
  auto tls = std::make_unique<tls_stream>(rt, std::move(below), std::move(context));
  SSL_set_accept_state(tls->native());
  return handshake(std::move(tls), why);
}

task<result<std::unique_ptr<stream>>> tls_connect(runtime& rt, std::unique_ptr<stream> below,
                                                  std::shared_ptr<const tls_context> context,
                                                  std::string host, std::string* why) {
  auto tls = std::make_unique<tls_stream>(rt, std::move(below), std::move(context));
  SSL* ssl = tls->native();
  SSL_set_connect_state(ssl);
  tls->settings().name_peer(ssl, host);
  return handshake(std::move(tls), why);
}

}  // namespace net
