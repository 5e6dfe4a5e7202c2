#include "mockbroker/app/ctl.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstdio>

#include "mockbroker/control/control_client.hpp"
#include "net/http_fields.hpp"
#include "net/real_runtime.hpp"
#include "stomp/text.hpp"

namespace mockbroker {

namespace {

using words = std::vector<std::string>;
namespace json = boost::json;

std::string joined(const words& w, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < w.size(); ++i) text += (i > from ? " " : "") + w[i];
  return text;
}

struct verb {
  std::string_view name;
  std::string_view arguments;
  std::size_t needed;  // arguments
  std::string_view method;
  std::string (*path)(const words& w);
  std::string (*body)(const words& w);  // null: none
};
constexpr std::array verbs{
    verb{"fault", " SPEC", 1, "POST", [](const words&) { return std::string("faults"); },
         [](const words& w) {
           // One argument is a line; several are its words, each a whole name=value.
           std::string line = w[1];
           for (std::size_t i = 2; i < w.size(); ++i) {
             const auto equal = w[i].find('=');
             line += ' ' + w[i].substr(0, equal + 1) + '"';
             for (const char c : w[i].substr(equal + 1)) {
               if (c == '"' || c == '\\') line += '\\';
               line += c;
             }
             line += '"';
           }
           return json::serialize(json::object{{"fault", line}});
         }},
    verb{"faults", "", 0, "GET", [](const words&) { return std::string("faults"); }, nullptr},
    verb{"unfault", " NAME", 1, "DELETE",
         [](const words& w) { return "faults/" + net::percent_encode(w[1]); }, nullptr},
    verb{"fire", " NAME", 1, "POST",
         [](const words& w) { return "faults/" + net::percent_encode(w[1]) + "/fire"; }, nullptr},
    verb{"publish", " DESTINATION BODY", 2, "POST",
         [](const words&) { return std::string("publish"); },
         [](const words& w) {
           return json::serialize(json::object{{"destination", w[1]}, {"body", joined(w, 2)}});
         }},
    verb{"ladder", "", 0, "GET", [](const words&) { return std::string("ladder"); }, nullptr},
    verb{"recording", "", 0, "GET", [](const words&) { return std::string("recording"); }, nullptr},
    verb{"clock", "", 0, "GET", [](const words&) { return std::string("clock"); }, nullptr},
    verb{"advance", " MILLISECONDS", 1, "POST", [](const words&) { return std::string("clock"); },
         [](const words& w) {
           const auto ms = stomp::parse_int64(w[1]);
           // What is no number goes as it is: the API says what it expects.
           const json::value by = ms ? json::value(*ms) : json::value(w[1]);
           return json::serialize(json::object{{"advance_ms", by}});
         }},
    verb{"har", "", 0, "GET", [](const words&) { return std::string("har"); }, nullptr},
    verb{"metrics", "", 0, "GET", [](const words&) { return std::string("metrics"); }, nullptr},
    verb{"schema", "", 0, "GET", [](const words&) { return std::string("schema"); }, nullptr},
    verb{"journal", "", 0, "GET", [](const words&) { return std::string("journal"); }, nullptr},
    verb{"connections", "", 0, "GET", [](const words&) { return std::string("connections"); },
         nullptr},
    verb{"close", " CONNECTION", 1, "POST",
         [](const words& w) { return "connections/" + net::percent_encode(w[1]) + "/close"; },
         nullptr},
    verb{"drop", "", 0, "POST", [](const words&) { return std::string("connections/drop"); },
         nullptr},
    verb{"queues", "", 0, "GET", [](const words&) { return std::string("queues"); }, nullptr},
    verb{"actions", "", 0, "GET", [](const words&) { return std::string("actions"); }, nullptr},
    verb{"restart", "", 0, "POST", [](const words&) { return std::string("restart"); }, nullptr},
    verb{"leg", " NAME", 1, "POST", [](const words&) { return std::string("leg"); },
         [](const words& w) {
           return json::serialize(json::object{{"leg", w[1]}});
         }},
    verb{"reset", "", 0, "POST", [](const words&) { return std::string("reset"); }, nullptr},
};

// What a caller of the program sees of an answer.
int exit_code_of(const control_answer& a) {
  if (a.status == 0) return 3;
  return a.is_good() ? 0 : 1;
}

}  // namespace

std::string ctl_verbs() {
  std::string text;
  for (const auto& v : verbs) {
    text += (text.empty() ? "" : ", ") + std::string(v.name) + std::string(v.arguments);
  }
  return text;
}

int run_ctl(const ctl_options& options) {
  const verb* found = nullptr;
  std::vector<std::string_view> known;
  for (const auto& v : verbs) {
    known.push_back(v.name);
    if (v.name == options.words.front()) found = &v;
  }
  if (found == nullptr) {
    std::fprintf(stderr, "ctl: '%s' is not known%s\n", options.words.front().c_str(),
                 stomp::suggestion(options.words.front(), known).c_str());
    return 2;
  }
  const std::size_t given = options.words.size() - 1;
  if (given < found->needed || (found->body == nullptr && given > found->needed)) {
    std::fprintf(stderr, "ctl: usage: %s%s\n", std::string(found->name).c_str(),
                 std::string(found->arguments).c_str());
    return 2;
  }
  const auto rt = net::make_real_runtime();
  std::optional<control_answer> result;
  auto run = [](net::real_runtime& on, std::uint16_t port, const verb& v, const words& w,
                std::optional<control_answer>& out) -> net::task<void> {
    std::string body;
    if (v.body != nullptr) body = v.body(w);
    out = co_await net::with_deadline(
        on, on.now() + std::chrono::seconds(10),
        call_control(on, port, std::string(v.method), v.path(w), std::move(body)));
    on.stop();
  };
  net::task_group group(*rt);
  group.spawn(run(*rt, options.port, *found, options.words, result));
  rt->run();
  if (!result) {
    std::fputs("no answer within 10 s\n", stderr);
    return 4;
  }
  const int code = exit_code_of(*result);
  std::fputs(result->text.c_str(), code == 0 ? stdout : stderr);
  return code;
}

}  // namespace mockbroker
