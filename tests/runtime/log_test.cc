#include <fcntl.h>
#include <unistd.h>

#include "catch.h"
#include "loop/sys.h"
#include "runtime/log_line.h"
#include "runtime/log_files.h"
#include "runtime/log_writer.h"
#include "temporary_directory.h"

using namespace ccocker;
using namespace ccocker::runtime;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string read_back(const std::string& directory, std::optional<uint64_t> tail = {}) {
  LogFiles files(directory, "x-json.log");
  if (tail) files.seek_tail(*tail);
  std::string text, all;
  std::vector<char> buffer(1000);
  while (size_t count = files.read(buffer)) all.append(buffer.data(), count);
  size_t at = 0;
  for (size_t end; (end = all.find('\n', at)) != all.npos; at = end + 1)
    if (std::optional<LogLine> line = parse_log_line(std::string_view(all).substr(at, end - at))) text += line->text;
  return text;
}

struct TestLog {
  TemporaryDirectory directory;
  Fd dir = sys::open_dir(sys::cwd(), directory.path());
  std::unique_ptr<LogWriter> writer;
  explicit TestLog(LogConfig config = {}) : writer(open_log(config, dir, {"x", "name", "image"})) {}
  std::string path() const { return directory.path() + "/x-json.log"; }
};

std::string numbers(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("an entry is what Docker writes") {
  std::string out;
  append_log_line(out, OutputStream::out, 1'700'000'000'000'000'042, "a\"b\\\t<\x01>\xff&\xe2\x82\xac\n");
  CHECK(out ==
        "{\"log\":\"a\\\"b\\\\\\t\\u003c\\u0001\\u003e\\ufffd\\u0026\xe2\x82\xac\\n\",\"stream\":\"stdout\",\"time\":"
        "\"2023-11-14T22:13:20.000000042Z\"}\n");
}

TEST_CASE("entries of Docker's own are read: any order, attributes, short fractions, surrogate pairs") {
  std::optional<LogLine> line =
      parse_log_line(R"({"time":"2023-11-14T22:13:20.5Z","attrs":{"a":"b"},"stream":"stderr","log":"\ud83d\ude00\n"})");
  REQUIRE(line);
  CHECK(line->text == "\xf0\x9f\x98\x80\n");
  CHECK(line->stream == OutputStream::err);
  CHECK(line->time_unix_ns == 1'700'000'000'500'000'000);
}

TEST_CASE("what is no entry is none") {
  for (const char* text : {"", "{", "{}", "null", R"({"log":"a","stream":"stdout"})",
                           R"({"log":"a","stream":"neither","time":"2023-11-14T22:13:20Z"})",
                           R"({"log":"\ud83d","stream":"stdout","time":"2023-11-14T22:13:20Z"})",
                           R"({"log":"a","stream":"stdout","time":"yesterday"})",
                           R"({"log":"a","stream":"stdout","time":"2023-11-14T22:13:20Z"} x)"}) {
    INFO(text);
    CHECK_FALSE(parse_log_line(text));
  }
}

TEST_CASE("lines come back whole however they arrive, the last one without its newline too") {
  TestLog log;
  std::string text = numbers(1, 3000) + std::string(40'000, 'x') + "\nlast";
  for (size_t at = 0, step = 1; at < text.size(); at += step, step = step % 777 + 1)
    log.writer->take(OutputStream::out, bytes_of(std::string_view(text).substr(at, step)));
  log.writer->finish();
  CHECK(read_back(log.directory.path()) == text);
}

TEST_CASE("rotation keeps the newest files, each not much above its size") {
  TestLog log({.file_bytes_max = 10'000, .files_max = 3});
  log.writer->take(OutputStream::out, bytes_of(numbers(1, 5000)));
  log.writer->finish();
  CHECK_FALSE(sys::exists(log.path() + ".3"));
  for (const char* suffix : {".1", ".2"}) CHECK(sys::fstatat(sys::cwd(), log.path() + suffix).st_size <= 10'100);
  std::string left = read_back(log.directory.path());
  CHECK(left.ends_with("\n5000\n"));
  CHECK(numbers(1, 5000).ends_with(left));
}

TEST_CASE("--tail counts entries from the end, across files") {
  TestLog log({.file_bytes_max = 2'000, .files_max = 50});
  log.writer->take(OutputStream::out, bytes_of(numbers(1, 200)));
  log.writer->finish();
  CHECK(read_back(log.directory.path(), 3) == numbers(198, 200));
  CHECK(read_back(log.directory.path(), 150) == numbers(51, 200));
  CHECK(read_back(log.directory.path(), 0).empty());
  CHECK(read_back(log.directory.path(), 1000) == numbers(1, 200));
}

TEST_CASE("a reader goes on across rotations that happen while it reads") {
  TestLog log({.file_bytes_max = 3'000, .files_max = 100});
  LogFiles files(log.directory.path(), "x-json.log");
  std::string all;
  std::vector<char> buffer(500);
  for (int i = 0; i < 500; i += 10) {
    log.writer->take(OutputStream::out, bytes_of(numbers(i, i + 9)));
    if (i % 30 == 0)
      while (size_t count = files.read(buffer)) all.append(buffer.data(), count);
  }
  while (size_t count = files.read(buffer)) all.append(buffer.data(), count);
  CHECK(std::count(all.begin(), all.end(), '\n') == 500);
}

TEST_CASE("half an entry of a killed writer is skipped and the next one is whole") {
  TestLog log;
  {
    Fd file = sys::openat(sys::cwd(), log.path(), O_WRONLY | O_CREAT, 0600);
    sys::write_all(file, "{\"log\":\"cut o");
  }
  log.writer->take(OutputStream::out, bytes_of("next\n"));
  CHECK(read_back(log.directory.path()) == "next\n");
}
