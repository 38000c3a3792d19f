#include <fmt/format.h>

#include "catch.h"
#include "cli/progress_view.h"
#include "cli/text.h"

using namespace ccocker;
using namespace ccocker::cli;
using registry::Digest;
using registry::LayerState;

namespace {

Digest digest(unsigned n) {
  return Digest::from_hex(fmt::format("{:064x}", n).replace(0, 12, fmt::format("{:012x}", n)));
}

ProgressView view_of(unsigned layers) {
  ProgressView view;
  registry::Reference image;
  image.registry = "docker.io";
  image.repository = "library/alpine";
  image.tag = "3";
  std::vector<Digest> digests;
  for (unsigned i = 1; i <= layers; ++i) digests.push_back(digest(i));
  view.resolved(image, digests);
  return view;
}

const auto start = ProgressView::Time() + std::chrono::hours(1);

}  // namespace

TEST_CASE("a frame has a line for each layer and one for all") {
  ProgressView view = view_of(3);
  view.progress(digest(1), LayerState::downloading, 500'000, 1'000'000);
  view.progress(digest(2), LayerState::exists, 0, 0);
  std::vector<std::string> lines = view.frame(60, 10, start);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "000000000001: Downloading [========>        ]  500kB/1MB");
  CHECK(lines[1] == "000000000002: Already exists");
  CHECK(lines[2] == "000000000003: Waiting");
  CHECK(lines[3] == "1 of 3 layers, 500kB/1MB");
}

TEST_CASE("the rate is that of the last seconds") {
  ProgressView view = view_of(1);
  view.progress(digest(1), LayerState::downloading, 0, 100'000'000);
  view.frame(80, 10, start);
  view.progress(digest(1), LayerState::downloading, 10'000'000, 100'000'000);
  CHECK(view.frame(80, 10, start + std::chrono::seconds(1)).back() == "0 of 1 layers, 10MB/100MB, 10MB/s");
}

TEST_CASE("no window is too small") {
  ProgressView view = view_of(40);
  for (unsigned i = 1; i <= 10; ++i) view.progress(digest(i), LayerState::downloading, i, 100);
  view.progress(digest(40), LayerState::extracting, 5, 10);
  for (size_t width = 0; width < 100; ++width) {
    for (size_t height = 0; height < 50; ++height) {
      std::vector<std::string> lines = view.frame(width, height, start);
      REQUIRE(lines.size() <= height);
      for (const std::string& line : lines) REQUIRE(columns(line) <= width);
    }
  }
}

TEST_CASE("more layers than rows: those that move are shown and the others counted") {
  ProgressView view = view_of(30);
  view.progress(digest(25), LayerState::downloading, 1, 2);
  view.progress(digest(1), LayerState::done, 0, 0);
  std::vector<std::string> lines = view.frame(80, 6, start);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0].starts_with("000000000019: Downloading"));
  CHECK(lines[1].ends_with("Waiting"));
  CHECK(lines[4] == "... and 26 more layers");
  CHECK(lines[5].starts_with("1 of 30 layers"));
}

TEST_CASE("a bar is never fuller than full") {
  ProgressView view = view_of(1);
  view.progress(digest(1), LayerState::downloading, 20, 10);
  CHECK(view.frame(80, 10, start)[0].ends_with("=]  20B/10B"));
}

TEST_CASE("plain output has a line for what matters") {
  ProgressView view = view_of(1);
  CHECK_FALSE(view.progress(digest(1), LayerState::waiting, 0, 0));
  CHECK(view.progress(digest(1), LayerState::downloading, 0, 7'000'000));
  CHECK(view.plain_line(digest(1)) == "000000000001: Downloading 7MB");
  CHECK_FALSE(view.progress(digest(1), LayerState::downloading, 5, 7'000'000));
  view.progress(digest(1), LayerState::verifying, 0, 0);
  CHECK(view.plain_line(digest(1)).empty());
  view.progress(digest(1), LayerState::done, 0, 0);
  CHECK(view.plain_line(digest(1)) == "000000000001: Pull complete");
}

TEST_CASE("a layer that several images share has one line") {
  ProgressView view = view_of(2);
  registry::Reference other;
  other.repository = "library/other";
  view.resolved(other, {digest(2), digest(3)});
  CHECK(view.frame(80, 20, start).size() == 4);
  CHECK(view.frame(80, 20, start).back() == "0 of 3 layers of 2 images");
}
