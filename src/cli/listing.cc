#include "cli/listing.h"

#include "cli/table.h"
#include "cli/text.h"

namespace ccocker::cli {
namespace {

std::string render_table(const std::vector<Row>& rows, std::span<const Heading> headings, const Template& line) {
  Row titles;
  titles.heading = true;
  for (const Heading& heading : headings) titles.fields.push_back({heading.field, heading.title});
  Table table;
  table.add(split(line.apply(titles), '\t'));
  for (const Row& row : rows) table.add(split(line.apply(row), '\t'));
  return table.str();
}

}  // namespace

std::string render(const std::vector<Row>& rows, std::span<const Heading> headings, std::string_view format,
                   std::string_view default_format) {
  if (format.empty() || format == "table") format = default_format;
  if (format == "json") format = "{{json .}}";
  std::vector<std::string> known;
  for (const Heading& heading : headings) known.emplace_back(heading.field);
  constexpr std::string_view table = "table";
  bool is_table = format.starts_with("table ") || format.starts_with("table\t") || format.starts_with("table{{");
  if (is_table) format = trim(format.substr(table.size()));
  Template line(format, known);
  if (is_table) return render_table(rows, headings, line);
  std::string out;
  for (const Row& row : rows) out += line.apply(row) + "\n";
  return out;
}

std::string render_one(const Value& object, std::string_view format) {
  return Template(format == "json" ? "{{json .}}" : format, object.keys()).apply(object) + "\n";
}

}  // namespace ccocker::cli
