// clang-format off
// fuzzes: cli/template cli/template_parse cli/template_expression cli/template_number cli/template_functions cli/template_printf cli/template_escapes cli/value cli/listing cli/table cli/human_time cli/text loop/error
// clang-format on
// --format templates, over values that hold what terminals obey: nothing but JSON and functions may print a control
// byte that the template itself did not bring.
#include <cstdlib>

#include "cli/human_time.h"
#include "cli/listing.h"
#include "loop/error.h"

using namespace ccocker;
using namespace ccocker::cli;

// A small tree of every kind, so that ranges within ranges stay small too.
static Value small_tree() {
  Value tree = Value::record({{"A", Value::list({1, "two", Value::map({{"k", "\x1b[31m"}})})},
                              {"B", Value::record({{"C", true}, {"D", Value()}})},
                              {"E", Value::null_map()},
                              {"F", 27},  // what printf's %c would make an escape
                              {"G", -1.5}});
  tree.set_optional("H", {});
  return tree;
}

static void inspect_with(const std::string& text) {
  static const Value tree = small_tree();
  TemplateStyle style{.prefix = "", .unescape = false, .printable = true};
  try {
    std::string out = Template(text, {}, style).apply(tree);
    if (text.find('\x1b') == text.npos && out.find('\x1b') != out.npos) std::abort();
    render_one(tree, text);
  } catch (const Error&) {
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  constexpr Heading headings[] = {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}};
  Row row;
  row.fields = {{"ID", "abc\x1b[31m"}, {"Names", "x,y\xff"}};
  row.labels = {{"app", "\x1b]0;title\x07"}};
  if (std::optional<int64_t> when = parse_rfc3339(text)) local_time(*when);
  try {
    std::string out = render({row, row}, headings, text, "table {{.ID}}\t{{.Names}}");
    if (text.find('\x1b') == text.npos && out.find('\x1b') != out.npos) std::abort();
  } catch (const Error&) {
  }
  inspect_with(text);
  return 0;
}
