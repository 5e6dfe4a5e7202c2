#include "gateway/elements/file_lookup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "net/http_types.hpp"

namespace gateway {

namespace {

bool ends_without_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && net::iequals(text.substr(text.size() - end.size()), end);
}

bool is_hidden_name(std::string_view name) {
  for (const std::string_view suffix : {".p12", ".pfx", ".jks", ".pem", ".key"})
    if (ends_without_case(name, suffix)) return true;
  for (const std::string_view whole : {"proxies.xml", "apis.yaml", "apis.yml"})
    if (net::iequals(name, whole)) return true;
  return name.size() > 1 && name[0] == '.' && name != ".well-known" && name != "..";
}

// Calls `f` with each segment between slashes until it answers false.
template <class F>
bool each_segment(std::string_view path, F f) {
  while (true) {
    const auto end = std::min(path.find('/'), path.size());
    if (!f(path.substr(0, end))) return false;
    if (end == path.size()) return true;
    path.remove_prefix(end + 1);
  }
}

bool has_suspicious_escape(std::string_view raw) {
  for (std::size_t at = raw.find('%'); at != raw.npos; at = raw.find('%', at + 1))
    for (const std::string_view escape : {"%2f", "%5c"})
      if (net::iequals(raw.substr(at, 3), escape)) return true;
  return false;
}

bool is_below(std::string_view folder, std::string_view path) {
  if (folder == "/") return path.starts_with('/');
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// A regular file below `folder` under a name that may be served; links may lead elsewhere.
std::optional<net::file_info> servable(const std::string& folder, const std::string& path) {
  const auto info = net::stat_file(path);
  if (!info || info->kind != net::file_kind::regular) return std::nullopt;
  if (!is_below(folder, info->canonical_path)) return std::nullopt;
  const bool shown = each_segment(std::string_view(info->canonical_path).substr(folder.size()),
                                  [](std::string_view s) { return !is_hidden_name(s); });
  if (!shown) return std::nullopt;
  return *info;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

}  // namespace

path_check check_path(std::string_view raw, std::string& decoded) {
  if (!raw.starts_with('/') || has_suspicious_escape(raw)) return path_check::bad;
  auto plain = net::percent_decode(raw);
  if (!plain) return path_check::bad;
  for (const char c : *plain)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\') return path_check::bad;
  if (!each_segment(*plain, [](std::string_view s) { return s != ".."; })) return path_check::bad;
  decoded = std::move(*plain);
  const bool shown = each_segment(decoded, [](std::string_view s) { return !is_hidden_name(s); });
  return shown ? path_check::ok : path_check::hidden;
}

found_file find_file(const std::string& folder, const std::string& decoded,
                     const std::vector<std::string>& indexes) {
  found_file found;
  const auto base = net::stat_file(folder);
  if (!base || base->kind != net::file_kind::directory) return found;
  const std::string path = base->canonical_path + decoded;
  auto serve = [&](const std::string& candidate) {
    const auto info = servable(base->canonical_path, candidate);
    if (!info) return false;
    found = {found_file::kind::file, *info, info->canonical_path};
    return true;
  };
  if (!decoded.ends_with('/') && serve(path)) return found;
  const auto info = net::stat_file(path);
  if (!info || info->kind != net::file_kind::directory) return found;
  const bool inside = info->canonical_path == base->canonical_path ||
                      is_below(base->canonical_path, info->canonical_path);
  if (!inside) return found;
  if (!decoded.ends_with('/')) {
    // Relative links of the page would miss the folder.
    found.is = found_file::kind::folder_without_slash;
    return found;
  }
  for (const std::string& name : indexes)
    if (serve(path + name)) return found;
  return found;
}

std::string entity_tag(const net::file_info& info) {
  const auto changed =
      std::chrono::duration_cast<std::chrono::nanoseconds>(info.modified.time_since_epoch())
          .count();
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "\"%llx-%llx\"",
                                 static_cast<unsigned long long>(info.size),
                                 static_cast<unsigned long long>(changed));
  return {text.data(), static_cast<std::size_t>(size)};
}

bool is_unchanged(const std::optional<std::string>& if_none_match,
                  std::optional<std::string_view> if_modified_since, const net::file_info& info) {
  if (if_none_match) {
    const std::string tag = entity_tag(info);
    // Tags hold no comma of ours, so a plain search between separators will do.
    std::string_view rest = *if_none_match;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      std::string_view one = rest.substr(0, end);
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      if (one.starts_with("W/")) one.remove_prefix(2);
      if (one == tag || one == "*") return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
  }
  if (!if_modified_since) return false;
  const auto since = parse_http_date(*if_modified_since);
  return since && std::chrono::floor<std::chrono::seconds>(info.modified) <= *since;
}

std::optional<net::wall_time> parse_http_date(std::string_view text) {
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(*year),
      std::chrono::month(static_cast<unsigned>(month - months.begin() + 1)),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace gateway
