#pragma once
// What Go's template functions html, js and urlquery make of a text.
#include <string>
#include <string_view>

namespace ccocker::cli {

std::string html_escaped(std::string_view text);
std::string js_escaped(std::string_view text);  // for within a string literal
std::string url_query_escaped(std::string_view text);

}  // namespace ccocker::cli
