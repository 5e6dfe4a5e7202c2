#include "net/websocket.hpp"

#include <array>
#include <cstring>

#include "crypto/digest.hpp"
#include "net/http_client.hpp"
#include "ws/handshake.hpp"
#include "ws/writer.hpp"

namespace net {

namespace {

constexpr std::size_t read_size = 64 * 1024;
// Reads in a row before others get their turn.
constexpr unsigned most_reads = 16;
// Queued octets above which pings are not answered.
constexpr std::size_t most_unread = 64 * 1024;
// Reading scratch of the thread: an idle WebSocket owns no buffer.
std::span<char> scratch() {
  thread_local std::array<char, read_size> bytes;
  return bytes;
}

std::string random_key(runtime& rt) {
  std::string octets;
  for (int i = 0; i < 2; ++i) {
    const std::uint64_t number = rt.random();
    octets.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return crypto::base64_encode(octets);
}

}  // namespace

websocket::websocket(runtime& rt, std::unique_ptr<stream> connection,
                     const ws::reader_options& options, std::string early)
    : rt_(rt),
      connection_(std::move(connection)),
      role_(options.self),
      reader_(options),
      input_(std::move(early)),
      emptied_(std::make_unique<event>(rt)) {}

websocket::~websocket() {
  // After our Close the end is in order: FIN, and close_notify over TLS.
  if (close_sent_) connection_->shutdown_write();
  connection_->close();
}

std::optional<ws::mask_key> websocket::mask() {
  if (role_ == ws::role::server) return std::nullopt;
  ws::mask_key key;
  const std::uint64_t number = rt_.random();
  std::memcpy(key.data(), &number, key.size());
  return key;
}

void websocket::write(ws::opcode op, std::string_view payload) {
  if (write_error_) return;
  ws::write_options options;
  options.mask = mask();
  ws::write_frame(output_, op, payload, options);
  flush();
}

void websocket::flush() {
  std::size_t sent = 0;
  while (sent < output_.size() && !write_error_) {
    auto [size, error] = connection_->try_write({output_.data() + sent, output_.size() - sent});
    sent += size;
    if (size == 0 && error == errc::would_block) break;
    if (size == 0) write_error_ = error;
  }
  if (write_error_) sent = output_.size();
  if (sent == output_.size()) {
    output_ = std::string();
    emptied_->set();
    return;
  }
  output_.erase(0, sent);
  emptied_->clear();
  connection_->wait(direction::write, [this] {
    flush();
    if (output_.empty() && drained_) drained_();
  });
}

void websocket::send(ws::opcode op, std::string_view payload) {
  if (!close_sent_) write(op, payload);
}

void websocket::send_ping(std::string_view payload) {
  if (!close_sent_) write(ws::opcode::ping, payload);
}

void websocket::send_close(std::uint16_t code, std::string_view reason) {
  if (std::exchange(close_sent_, true)) return;
  const bool bare = !ws::may_be_sent(code);
  write(ws::opcode::close, bare ? std::string() : ws::make_close(code, reason));
}

std::size_t websocket::queued() const noexcept { return output_.size(); }
void websocket::on_drained(std::function<void()> f) { drained_ = std::move(f); }

task<std::error_code> websocket::drain() {
  while (!output_.empty() && !write_error_) {
    emptied_->clear();
    co_await *emptied_;
  }
  co_return write_error_;
}

// Turns one event of the reader into an answer; `finished` false: nothing to tell, go on.
result<ws::message> websocket::take(ws::read_event event, bool& finished) {
  finished = true;
  if (auto* message = std::get_if<ws::message>(&event)) return std::move(*message);
  if (auto* failure = std::get_if<ws::read_failure>(&event)) {
    peer_close_ = {1006, failure->text};
    send_close(static_cast<std::uint16_t>(failure->code), failure->text);
    return errc::bad_message;
  }
  auto& control = std::get<ws::control>(event);
  if (control.op == ws::opcode::close) {
    ws::close_code fault{};
    if (auto info = ws::parse_close(control.payload, fault)) peer_close_ = *info;
    send_close(peer_close_.code, {});
    return errc::end_of_stream;
  }
  // Who does not read its answers gets no more of them (RFC 6455 5.5.3 lets us skip some).
  const bool answer = output_.size() < most_unread;
  if (control.op == ws::opcode::ping && !close_sent_ && answer) {
    write(ws::opcode::pong, control.payload);
  }
  finished = false;
  return errc::would_block;
}

task<result<ws::message>> websocket::receive() {
  while (true) {
    std::string_view rest = std::string_view(input_).substr(used_);
    while (!rest.empty()) {
      auto event = reader_.next(rest);
      used_ = input_.size() - rest.size();
      if (!event) continue;
      bool finished = false;
      auto answer = take(std::move(*event), finished);
      if (finished) co_return answer;
    }
    input_ = std::string();
    used_ = 0;
    if (reads_ == most_reads) {
      co_await next_turn(rt_);
      reads_ = 0;
    }
    auto [size, error] = connection_->try_read(scratch());
    if (size > 0) {
      input_.assign(scratch().data(), size);
      ++reads_;
    } else if (error == errc::would_block) {
      co_await readiness(*connection_, direction::read);
      reads_ = 0;
    } else {
      co_return errc::connection_lost;
    }
  }
}

task<void> websocket::close(std::uint16_t code, std::string_view reason, duration limit) {
  send_close(code, reason);
  auto finish = [](websocket& self) -> task<int> {
    co_await self.drain();
    while (!self.reader_.close_seen() && !self.reader_.failed()) {
      auto message = co_await self.receive();
      if (!message) break;
    }
    self.connection_->shutdown_write();
    co_return co_await drop_rest(self.rt_, *self.connection_);
  };
  co_await with_deadline(rt_, rt_.now() + limit, finish(*this));
  connection_->shutdown_write();
  connection_->close();
}

handshake_check check_websocket_request(const http_request& request) {
  if (request.method != "GET" || request.version < 11) {
    return {400, "A WebSocket handshake is a GET with HTTP/1.1."};
  }
  if (!request.headers.has_token("Connection", "upgrade")) {
    return {400, "The Connection header lacks 'Upgrade'."};
  }
  if (request.headers.count("Sec-WebSocket-Key") != 1 ||
      !ws::is_valid_key(*request.headers.get("Sec-WebSocket-Key"))) {
    return {400, "Exactly one Sec-WebSocket-Key of 16 octets is needed."};
  }
  if (request.headers.get("Sec-WebSocket-Version") != "13") {
    return {426, "Only version 13 of the WebSocket protocol is known."};
  }
  return {};
}

http_response make_websocket_response(const http_request& request, std::string_view subprotocol) {
  http_response response;
  response.status = 101;
  response.headers.add("Connection", "Upgrade");
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Accept",
                       crypto::websocket_accept(*request.headers.get("Sec-WebSocket-Key")));
  if (!subprotocol.empty()) response.headers.add("Sec-WebSocket-Protocol", subprotocol);
  return response;
}

namespace {

// What is wrong with the answer to our handshake; empty when nothing is (RFC 6455 4.1).
std::string check_answer(const http_response& response, const std::string& key,
                         const std::vector<std::string>& offered) {
  if (response.status != 101) {
    return "the server answered " + std::to_string(response.status) + " " + response.reason;
  }
  if (!response.headers.has_token("Upgrade", "websocket") ||
      !response.headers.has_token("Connection", "upgrade")) {
    return "the answer is not an upgrade to websocket";
  }
  if (response.headers.get("Sec-WebSocket-Accept") != crypto::websocket_accept(key)) {
    return "Sec-WebSocket-Accept does not belong to our key";
  }
  if (response.headers.contains("Sec-WebSocket-Extensions")) {
    return "the server uses an extension that was not offered";
  }
  const auto protocols = response.headers.joined("Sec-WebSocket-Protocol");
  const std::vector<std::string_view> views(offered.begin(), offered.end());
  if (protocols && !ws::is_offered(views, *protocols)) {
    return "the server chose a subprotocol that was not offered";
  }
  return {};
}

}  // namespace

task<result<websocket_connection>> websocket_connect(runtime& rt,
                                                     std::unique_ptr<stream> connection,
                                                     websocket_client_options options,
                                                     std::string* why) {
  const std::string key = random_key(rt);
  http_request request;
  request.target = options.target;
  request.headers.add("Host", options.host);
  request.headers.add("Connection", "Upgrade");
  request.headers.add("Upgrade", "websocket");
  request.headers.add("Sec-WebSocket-Version", "13");
  request.headers.add("Sec-WebSocket-Key", key);
  std::string list;
  for (const auto& name : options.subprotocols) list += (list.empty() ? "" : ", ") + name;
  if (!list.empty()) request.headers.add("Sec-WebSocket-Protocol", list);
  for (const auto& field : options.headers) request.headers.add(field.name, field.value);

  http_client_options http;
  http.head_time = options.handshake_time;
  auto answer = co_await http_call(rt, std::move(connection), request, http);
  if (!answer) {
    if (why) *why = answer.error().message();
    co_return answer.error();
  }
  const std::string problem = check_answer(answer->response, key, options.subprotocols);
  if (!problem.empty()) {
    if (why) *why = problem;
    co_return errc::bad_message;
  }
  ws::reader_options reader;
  reader.self = ws::role::client;
  reader.max_frame = options.max_message;
  reader.max_message = options.max_message;
  websocket_connection made;
  if (const auto chosen = answer->response.headers.get("Sec-WebSocket-Protocol")) {
    made.subprotocol = std::string(*chosen);
  }
  made.socket = std::make_unique<websocket>(rt, std::move(answer->upgraded), reader,
                                            std::move(answer->early));
  co_return std::move(made);
}

}  // namespace net
