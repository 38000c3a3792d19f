#pragma once
// How a command prints its objects: --format, -q and the default table, all by the one template engine.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/template.h"

namespace ccocker::cli {

struct Heading {
  const char* field;
  const char* title;  // what a table puts over its column
};

// `format`: "" or "table" is `default_format` (a "table ..." template), "json" one object a line, "table TEMPLATE" a
// table with headings, anything else a template a line. `headings` lists every field there is.
std::string render(const std::vector<Row>& rows, std::span<const Heading> headings, std::string_view format,
                   std::string_view default_format);

// The same for a command that has one object only: "json", or a template that may ask for no other member than it has.
std::string render_one(const Value& object, std::string_view format);

}  // namespace ccocker::cli
