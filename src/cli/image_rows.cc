#include "cli/image_rows.h"

#include <fnmatch.h>

#include <algorithm>

#include "cli/bad_value.h"
#include "cli/human_time.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/size.h"

namespace ccocker::cli {
namespace {

using registry::Image;
using registry::Reference;

constexpr const char* none = "<none>";

constexpr Heading headings[] = {
    {"CreatedAt", "CREATED AT"}, {"CreatedSince", "CREATED"},  {"Digest", "DIGEST"}, {"ID", "IMAGE ID"},
    {"Platform", "PLATFORM"},    {"Repository", "REPOSITORY"}, {"Size", "SIZE"},     {"Tag", "TAG"},
};
constexpr std::string_view filter_keys[] = {"dangling", "label", "reference", "before", "since", "until"};

struct Name {
  std::string repository = none, tag = none, digest = none;
};

std::vector<Reference> digests_beside(const Image& image, const Reference& tag) {
  std::vector<Reference> digests;
  std::ranges::copy_if(image.repo_digests, std::back_inserter(digests),
                       [&](const Reference& digest) { return same_repository(digest, tag); });
  return digests;
}

// Digests whose repository has no tag here.
std::vector<Reference> lone_digests(const Image& image) {
  std::vector<Reference> digests = image.repo_digests;
  std::erase_if(digests, [&](const Reference& digest) {
    return std::ranges::any_of(image.tags, [&](const Reference& tag) { return same_repository(tag, digest); });
  });
  return digests;
}

// As Docker lists them: a tag with the digests of its own repository, each in a row of its own where digests are asked
// for, then what has only digests.
std::vector<Name> names_of(const Image& image, bool each_digest) {
  std::vector<Name> names;
  for (const Reference& tag : image.tags) {
    Name name{tag.familiar_name(), tag.tag};
    std::vector<Reference> digests = digests_beside(image, tag);
    if (!digests.empty()) name.digest = digests[0].digest.str();
    names.push_back(name);
    for (size_t i = 1; each_digest && i < digests.size(); ++i) {
      name.digest = digests[i].digest.str();
      names.push_back(name);
    }
  }
  for (const Reference& digest : lone_digests(image)) {
    Name name{digest.familiar_name(), none, digest.digest.str()};
    bool is_new = names.empty() || names.back().repository != name.repository;
    if (each_digest || is_new) names.push_back(name);
  }
  if (names.empty()) names.emplace_back();
  return names;
}

bool matches(const std::string& pattern, const Name& name) {
  std::string whole = name.repository + ":" + name.tag;
  return ::fnmatch(pattern.c_str(), name.repository.c_str(), FNM_PATHNAME) == 0 ||
         ::fnmatch(pattern.c_str(), whole.c_str(), FNM_PATHNAME) == 0;
}

int64_t created_unix_ns(const Image& image) { return parse_rfc3339_ns(image.config.created).value_or(0); }

bool fits_age(const Filters& filters, const ImageStyle& style, const Image& image) {
  int64_t created = created_unix_ns(image);
  auto before = [&](const std::string& other) { return created < created_unix_ns(style.find(other)); };
  auto since = [&](const std::string& other) { return created > created_unix_ns(style.find(other)); };
  auto until = [&](const std::string& text) {
    return created / 1'000'000'000 < parse_moment("filter", text, style.now_unix_s);
  };
  return filters.all("before", before) && filters.all("since", since) && filters.all("until", until);
}

bool fits(const Filters& filters, const ImageStyle& style, const Image& image, const Name& name) {
  if (!style.wanted.empty() && !matches(style.wanted, name)) return false;
  auto dangling = [&](const std::string& text) { return parse_bool(text).value_or(false) == image.tags.empty(); };
  auto reference = [&](const std::string& pattern) { return matches(pattern, name); };
  return filters.any("dangling", dangling) && filters.any("reference", reference) &&
         filters.labels_fit(image.config.labels);
}

Row image_row(const Image& image, const Name& name, const ImageStyle& style) {
  int64_t created = parse_rfc3339(image.config.created).value_or(0);
  Row row;
  row.labels = image.config.labels;
  row.fields = {
      {"CreatedAt", local_time(created)},
      {"CreatedSince", ago(created, style.now_unix_s)},
      {"Digest", name.digest},
      {"ID", style.truncate ? image.id.short_id() : image.id.str()},
      {"Platform", image.config.platform.str()},
      {"Repository", name.repository},
      {"Size", human_size(image.size_bytes)},
      {"Tag", name.tag},
  };
  return row;
}

}  // namespace

std::span<const Heading> image_headings() { return headings; }

Filters image_filters(const std::vector<std::string>& values) {
  Filters filters(values, filter_keys);
  filters.all("dangling", [](const std::string& text) {
    if (!parse_bool(text)) bad_value("filter", "dangling=" + text, "dangling=true or dangling=false");
    return true;
  });
  return filters;
}

std::vector<Row> image_rows(const std::vector<Image>& images, const ImageStyle& style, const Filters& filters) {
  std::vector<Row> rows;
  for (const Image& image : images) {
    if (!fits_age(filters, style, image)) continue;
    for (const Name& name : names_of(image, style.each_digest)) {
      if (fits(filters, style, image, name)) rows.push_back(image_row(image, name, style));
    }
  }
  return rows;
}

}  // namespace ccocker::cli
