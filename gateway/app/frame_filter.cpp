#include "gateway/app/frame_filter.hpp"

#include "gateway/core/text.hpp"
#include "ws/writer.hpp"

namespace gateway {

namespace {

// A server reads what clients send.
ws::reader_options rules(ws::role self) {
  return {.self = self, .max_frame = frame_filter::max_frame, .join = false};
}

ws_frame to_frame(ws::read_event& event) {
  if (auto* data = std::get_if<ws::message>(&event))
    return {data->op, data->fin, std::move(data->payload)};
  auto& control = std::get<ws::control>(event);
  return {control.op, true, std::move(control.payload)};
}

}  // namespace

frame_filter::frame_filter(const frame_elements& elements, const connection_facts& connection,
                           services& world)
    : connection_(connection),
      world_(world),
      from_client_(rules(ws::role::server)),
      from_server_(rules(ws::role::client)) {
  for (const auto& e : elements) handlers_.push_back(e->open(connection, world));
}

std::optional<tunnel_filter::refusal> frame_filter::feed(frame_way way, std::string_view in,
                                                         std::string& out) {
  const bool to_server = way == frame_way::client_to_server;
  ws::message_reader& reader = to_server ? from_client_ : from_server_;
  while (auto event = reader.next(in)) {
    if (const auto* wrong = std::get_if<ws::read_failure>(&*event))
      return refusal{wrong->code, wrong->text};
    try {
      for (const ws_frame& f : run(way, to_frame(*event))) write(way, f, out);
    } catch (const frame_refused& e) {
      return refusal{e.code(), e.what()};
    } catch (const std::exception& e) {
      world_.log.write(net::log_level::error, "webSocket",
                       "#" + std::to_string(connection_.id) + " " + printable(e.what()));
      return refusal{ws::close_code::internal_error, "an element failed"};
    }
  }
  return std::nullopt;
}

std::vector<ws_frame> frame_filter::run(frame_way way, ws_frame frame) {
  std::vector<ws_frame> frames;
  frames.push_back(std::move(frame));
  const bool forward = way == frame_way::client_to_server;
  for (std::size_t i = 0; i < handlers_.size(); ++i) {
    frame_handler& handler = *handlers_[forward ? i : handlers_.size() - 1 - i];
    std::vector<ws_frame> next;
    for (ws_frame& f : frames) handler.on_frame(way, std::move(f), next);
    frames = std::move(next);
  }
  return frames;
}

void frame_filter::write(frame_way way, const ws_frame& frame, std::string& out) {
  ws::write_options options{.fin = frame.fin};
  if (way == frame_way::client_to_server) {
    const std::uint64_t chance = world_.runtime.random();
    options.mask = ws::mask_key{std::uint8_t(chance), std::uint8_t(chance >> 8U),
                                std::uint8_t(chance >> 16U), std::uint8_t(chance >> 24U)};
  }
  ws::write_frame(out, frame.op, frame.payload, options);
}

}  // namespace gateway
