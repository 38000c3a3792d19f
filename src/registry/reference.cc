#include "registry/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "loop/error.h"

namespace ccocker::registry {
namespace {

constexpr std::string_view default_registry = "docker.io";
constexpr std::string_view old_default_registry = "index.docker.io";
constexpr std::string_view official_prefix = "library/";
constexpr std::string_view builtin_registry = "builtin";
constexpr size_t repository_chars_max = 255;
constexpr size_t tag_chars_max = 128;
constexpr size_t id_hex_digits = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool is_path_alnum(char c) { return is_digit(c) || is_lower(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

[[noreturn]] void refuse(std::string_view whole, std::string_view why) {
  throw Error(Errc::invalid, fmt::format("invalid image name \"{}\": {}", whole, why));
}

// domain-component := [a-zA-Z0-9] | [a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]
bool is_domain_component(std::string_view part) {
  return !part.empty() && part.front() != '-' && part.back() != '-' &&
         std::ranges::all_of(part, [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_domain_name(std::string_view host) {
  for (;;) {
    size_t dot = host.find('.');
    if (!is_domain_component(host.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool is_bracketed_ipv6(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  return std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':'; });
}

// domain := host [":" port], host being a name, an IPv4 address or a bracketed IPv6 address.
bool is_domain(std::string_view domain) {
  size_t port_search = domain.starts_with('[') ? domain.find(']') : 0;
  if (port_search == std::string_view::npos) return false;
  size_t colon = domain.find(':', port_search);
  if (colon != std::string_view::npos) {
    std::string_view port = domain.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
    domain = domain.substr(0, colon);
  }
  return domain.starts_with('[') ? is_bracketed_ipv6(domain) : is_domain_name(domain);
}

// separator := [_.] | "__" | [-]*
bool is_separator(std::string_view run) {
  return run == "." || run == "_" || run == "__" || std::ranges::all_of(run, [](char c) { return c == '-'; });
}

// path-component := [a-z0-9]+ (separator [a-z0-9]+)*; gives what is wrong, empty when nothing is.
std::string path_component_fault(std::string_view part) {
  if (part.empty()) return "it has an empty part between slashes";
  for (char c : part)
    if (!is_path_alnum(c) && c != '.' && c != '_' && c != '-') return fmt::format("'{}' cannot stand in a name", c);
  if (!is_path_alnum(part.front()) || !is_path_alnum(part.back()))
    return fmt::format("\"{}\" must begin and end with a letter or a digit", part);
  for (size_t at = 0; at < part.size();) {
    if (is_path_alnum(part[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (!is_path_alnum(part[end])) ++end;
    if (!is_separator(part.substr(at, end - at)))
      return fmt::format("\"{}\" separates words with \"{}\"; use one '.', one or two '_', or '-'", part,
                         part.substr(at, end - at));
    at = end;
  }
  return {};
}

void check_repository(std::string_view whole, std::string_view repository) {
  if (repository.empty()) refuse(whole, "the repository is missing");
  if (std::ranges::any_of(repository, is_upper))
    refuse(whole, fmt::format("repository name \"{}\" must be lowercase", repository));
  if (repository.size() > repository_chars_max)
    refuse(whole, fmt::format("the repository has {} characters, at most {} are allowed", repository.size(),
                              repository_chars_max));
  for (std::string_view rest = repository;;) {
    size_t slash = rest.find('/');
    std::string fault = path_component_fault(rest.substr(0, slash));
    if (!fault.empty()) refuse(whole, fault);
    if (slash == std::string_view::npos) return;
    rest.remove_prefix(slash + 1);
  }
}

void check_tag(std::string_view whole, std::string_view tag) {
  if (tag.empty()) refuse(whole, "the tag behind ':' is empty");
  if (tag.size() > tag_chars_max)
    refuse(whole, fmt::format("the tag has {} characters, at most {} are allowed", tag.size(), tag_chars_max));
  bool starts_well = is_alnum(tag.front()) || tag.front() == '_';
  bool well = std::ranges::all_of(tag, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
  if (!starts_well || !well)
    refuse(whole,
           fmt::format("tag \"{}\" may hold letters, digits, '_', '.' and '-', and not begin with '.' or '-'", tag));
}

// Whether the part before the first slash names a registry, as Docker decides it.
bool names_registry(std::string_view first) {
  return first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
         std::ranges::any_of(first, is_upper);
}

bool is_image_id(std::string_view text) { return text.size() == id_hex_digits && std::ranges::all_of(text, is_hex); }

// Splits off the registry; the rest is the repository.
std::string_view take_registry(std::string_view name, Reference& reference) {
  reference.registry = default_registry;
  size_t slash = name.find('/');
  if (slash == std::string_view::npos) return name;
  std::string_view first = name.substr(0, slash);
  if (!names_registry(first) && first != builtin_registry) return name;
  reference.registry = first == old_default_registry ? default_registry : first;
  return name.substr(slash + 1);
}

// A tag is what follows the last colon behind the last slash; the colon of a port comes before a slash.
std::string_view take_tag(std::string_view whole, std::string_view name, Reference& reference) {
  size_t slash = name.rfind('/');
  size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos) return name;
  check_tag(whole, name.substr(colon + 1));
  reference.tag = name.substr(colon + 1);
  return name.substr(0, colon);
}

std::string_view take_digest(std::string_view whole, std::string_view name, Reference& reference) {
  size_t at = name.find('@');
  if (at == std::string_view::npos) return name;
  try {
    reference.digest = Digest::parse(name.substr(at + 1));
  } catch (Error& error) {
    throw Error(error.code(), fmt::format("invalid image name \"{}\": {}", whole, error.text()));
  }
  return name.substr(0, at);
}

void refuse_common_mistakes(std::string_view text) {
  if (text.empty()) throw Error(Errc::invalid, "the image name is empty");
  if (is_image_id(text))
    refuse(text, "64 hex digits are an image ID, not a name; to pull by digest write NAME@sha256:<digest>");
  for (std::string_view scheme : {"https://", "http://", "docker://", "oci://"})
    if (text.starts_with(scheme)) refuse(text, fmt::format("leave out \"{}\"", scheme));
}

// What Docker leaves out when it prints: the default registry, and "library/" on it. Kept where the short form would be
// read as another name.
std::string_view short_repository(std::string_view repository) {
  if (repository.starts_with(official_prefix)) {
    std::string_view official = repository.substr(official_prefix.size());
    if (official.find('/') == std::string_view::npos && !is_image_id(official)) return official;
  }
  std::string_view first = repository.substr(0, repository.find('/'));
  bool ambiguous = first == repository || names_registry(first) || first == builtin_registry;
  return ambiguous ? std::string_view() : repository;
}

std::string with_tag_and_digest(std::string name, const Reference& reference) {
  if (!reference.tag.empty()) name += ":" + reference.tag;
  if (!reference.digest.empty()) name += "@" + reference.digest.str();
  return name;
}

}  // namespace

std::string Reference::full() const { return with_tag_and_digest(registry + "/" + repository, *this); }

std::string Reference::familiar_name() const {
  if (registry == default_registry) {
    std::string_view name = short_repository(repository);
    if (!name.empty()) return std::string(name);
  }
  return registry + "/" + repository;
}

std::string Reference::familiar() const { return with_tag_and_digest(familiar_name(), *this); }

bool same_repository(const Reference& one, const Reference& other) {
  return one.registry == other.registry && one.repository == other.repository;
}

void require_free_name(const Reference& name) {
  if (!name.digest.empty())
    throw Error(Errc::invalid, fmt::format("refusing to create a tag with a digest reference: {}", name.familiar()));
  if (name.registry == builtin_registry)
    throw Error(Errc::invalid, "names of \"builtin\" belong to the image inside ccocker: choose another");
  if (name.familiar_name() == "sha256")
    throw Error(Errc::invalid, "refusing to create an ambiguous tag using digest algorithm as name");
}

Reference parse_reference(std::string_view text) {
  refuse_common_mistakes(text);
  Reference reference;
  std::string_view name = take_digest(text, text, reference);
  std::string_view rest = take_registry(name, reference);
  rest = take_tag(text, rest, reference);
  if (reference.registry != builtin_registry && !is_domain(reference.registry))
    refuse(text, fmt::format("\"{}\" is no registry host", reference.registry));
  check_repository(text, rest);
  reference.repository = rest;
  if (reference.registry == default_registry && rest.find('/') == std::string_view::npos)
    reference.repository.insert(0, official_prefix);
  if (reference.repository.size() > repository_chars_max) check_repository(text, reference.repository);
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

}  // namespace ccocker::registry
