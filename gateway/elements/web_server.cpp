// <webServer>: files of a folder (with caching, ranges and HEAD as in RFC 9110).
#include <algorithm>

#include "gateway/core/descriptor.hpp"
#include "gateway/core/problem.hpp"
#include "gateway/elements/byte_range.hpp"
#include "gateway/elements/file_lookup.hpp"
#include "gateway/elements/media_types.hpp"

namespace gateway {

namespace {

constexpr std::size_t part_size = 64 * 1024;  // octets read at a time

// Waits for `work` without leaving temporaries across the suspension (g++ 12).
net::task<void> run_offloaded(net::runtime& runtime, std::function<void()> work) {
  auto waiting = runtime.offload(std::move(work));
  co_await waiting;
}

// Reads `size` octets of a file part by part off the data path, so that a slow disk or a big file
// holds up nobody.
class file_body final : public net::body_source {
 public:
  file_body(net::runtime& runtime, std::string path, std::uint64_t first, std::uint64_t size)
      : runtime_(runtime),
        path_(std::move(path)),
        size_(size),
        offset_(first),
        end_(first + size) {}

  net::task<net::result<std::string_view>> pull() override {
    if (offset_ == end_) co_return std::string_view{};
    auto job = std::make_shared<part>();
    job->path = path_;
    job->offset = offset_;
    job->size = static_cast<std::size_t>(std::min<std::uint64_t>(part_size, end_ - offset_));
    auto waiting = run_offloaded(runtime_, [job] {
      auto read = net::read_file_part(job->path, job->offset, job->size);
      if (read) job->bytes = std::move(*read);
      job->error = read.error();
    });
    co_await waiting;
    if (job->error) co_return job->error;
    // The length is announced already; a file that shrank cannot be served any more.
    if (job->bytes.empty()) co_return net::errc::other;
    current_ = std::move(job->bytes);
    offset_ += current_.size();
    co_return std::string_view(current_);
  }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  // Owned by the work as well: it may outlive this body when the exchange is cancelled.
  struct part {
    std::string path;
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::string bytes;
    std::error_code error;
  };

  net::runtime& runtime_;
  std::string path_;
  std::uint64_t size_;
  std::uint64_t offset_;
  std::uint64_t end_;
  std::string current_;
};

struct lookup_job {
  std::string folder;
  std::string decoded;
  std::vector<std::string> indexes;
  found_file found;
};

std::string_view path_of(const net::http_request& request) {
  const std::string_view uri = origin_form(request.target);
  return uri.substr(0, uri.find('?'));
}

class web_server final : public element {
 public:
  web_server(std::string folder, std::vector<std::string> indexes)
      : folder_(std::move(folder)), indexes_(std::move(indexes)) {}

  net::task<outcome> on_request(exchange& ex) const override {
    // A WebSocket that was let through has its own way: page and socket may share one proxy.
    if (ex.websocket_allowed) co_return outcome::proceed;
    if (ex.request.method != "GET" && ex.request.method != "HEAD") co_return refuse_method(ex);
    auto job = std::make_shared<lookup_job>();
    const path_check check = check_path(path_of(ex.request), job->decoded);
    if (check == path_check::bad) {
      ex.response = problem_response(failure::bad_path, ex.request);
      co_return outcome::abort;
    }
    if (check == path_check::hidden) co_return not_found(ex);
    job->folder = folder_;
    job->indexes = indexes_;
    auto waiting = run_offloaded(ex.world.runtime, [job] {
      job->found = find_file(job->folder, job->decoded, job->indexes);
    });
    co_await waiting;
    if (job->found.is == found_file::kind::missing) co_return not_found(ex);
    if (job->found.is == found_file::kind::folder_without_slash) co_return redirect(ex);
    co_return serve(ex, job->found);
  }
  net::task<outcome> on_response(exchange& /*ex*/) const override { co_return outcome::proceed; }

 private:
  static outcome refuse_method(exchange& ex) {
    ex.response = problem_response(failure::method_not_allowed, ex.request);
    ex.response->headers.set("Allow", "GET, HEAD");
    return outcome::abort;
  }

  // Always a page, also for scripts: as in Membrane.
  static outcome not_found(exchange& ex) {
    ex.response = net::make_response(404, "text/html; charset=utf-8",
                                     problem_html(make_problem(failure::not_found)));
    ex.response->headers.set("Cache-Control", "no-store");
    return outcome::abort;
  }

  static outcome redirect(exchange& ex) {
    std::string_view path = path_of(ex.request);
    // "//host/" would lead to another server.
    while (path.starts_with("//")) path.remove_prefix(1);
    std::string location = std::string(path) + "/";
    if (!ex.request.query().empty()) location += "?" + std::string(ex.request.query());
    ex.response = net::make_response(301, "text/html; charset=utf-8",
                                     "<a href=\"" + net::html_escape(location) + "\">moved</a>\n");
    ex.response->headers.set("Location", location);
    return outcome::respond;
  }

  static outcome serve(exchange& ex, const found_file& file) {
    const net::header_list& asked = ex.request.headers;
    byte_range range;
    // Only GET has ranges (RFC 9110 14.2).
    if (const auto field = asked.joined("Range"); field && ex.request.method == "GET") {
      if (range_applies(asked.get("If-Range"), file.info, ex.world.runtime.wall_now()))
        range = parse_range(*field, file.info.size);
    }
    net::http_response response;
    if (is_unchanged(asked.joined("If-None-Match"), asked.get("If-Modified-Since"), file.info)) {
      response.status = 304;
    } else if (range.is == byte_range::kind::unsatisfiable) {
      return refuse_range(ex, file.info.size);
    } else {
      fill(ex, file, range, response);
    }
    response.headers.set("ETag", entity_tag(file.info));
    response.headers.set("Last-Modified", net::http_date(file.info.modified));
    ++ex.world.count.files_served;
    ex.response = std::move(response);
    return outcome::respond;
  }

  static outcome refuse_range(exchange& ex, std::uint64_t size) {
    ex.response = problem_response(failure::bad_range, ex.request);
    ex.response->headers.set("Content-Range", "bytes */" + std::to_string(size));
    return outcome::abort;
  }

  // A 200 or 206 with its body.
  static void fill(const exchange& ex, const found_file& file, byte_range range,
                   net::http_response& response) {
    auto& headers = response.headers;
    headers.set("Content-Type", media_type_of(file.path));
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Accept-Ranges", "bytes");
    if (range.is == byte_range::kind::part) {
      response.status = 206;
      headers.set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                       std::to_string(range.first + range.size - 1) + "/" +
                                       std::to_string(file.info.size));
    } else {
      range.size = file.info.size;
    }
    headers.set("Content-Length", std::to_string(range.size));
    if (ex.request.method == "HEAD") return;
    response.body =
        std::make_unique<file_body>(ex.world.runtime, file.path, range.first, range.size);
  }

  std::string folder_;
  std::vector<std::string> indexes_;
};

std::unique_ptr<const element> make(const element_node& node, build_context& context) {
  std::vector<std::string> indexes;
  if (const attribute_value* index = node.find("index")) {
    std::string_view rest = index->text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      std::string_view name = rest.substr(0, end);
      while (name.starts_with(' ')) name.remove_prefix(1);
      while (name.ends_with(' ')) name.remove_suffix(1);
      if (name.find_first_of("/\\") != name.npos)
        context.error(node, *index, 0, "must be names of files, without folders");
      if (!name.empty()) indexes.emplace_back(name);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  const std::string folder = context.resolve_path(node.value("docBase"));
  context.uses_file({file_purpose::folder, folder, node.position});
  return std::make_unique<web_server>(folder, std::move(indexes));
}

}  // namespace

const element_descriptor& web_server_element() {
  static const element_descriptor d{
      .name = "webServer",
      .doc =
          "Serves the files of a folder. Key stores, configuration files and hidden files are "
          "never served.",
      .example = R"(<webServer docBase="www" index="index.html"/>)",
      .attributes = {{.name = "docBase",
                      .type = attribute_type::path,
                      .doc = "The folder, relative to the configuration file.",
                      .required = true},
                     {.name = "index",
                      .doc = "Comma-separated names of files to serve for a folder; the first that "
                             "exists wins."}},
      .foreign_attributes = {"generateIndex"},
      .make = make,
      .http_only = true,
  };
  return d;
}

}  // namespace gateway
