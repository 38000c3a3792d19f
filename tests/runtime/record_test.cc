#include "runtime/record.h"

#include "catch.h"

using namespace ccocker;
using namespace ccocker::runtime;

TEST_CASE("a record says the same when it is read again") {
  ContainerRecord record;
  record.container.id = std::string(64, 'a');
  record.spec.seccomp = {Seccomp::Kind::file, "p.json", R"({"defaultAction":"SCMP_ACT_ALLOW"})"};
  record.spec.process.env = {"A=1", "GONE"};
  for (Mount::Flag flag :
       {Mount::Flag::none, Mount::Flag::volume, Mount::Flag::mount, Mount::Flag::tmpfs, Mount::Flag::volumes_from}) {
    record.spec.mounts.emplace_back();
    record.spec.mounts.back().flag = flag;
  }
  Spec spec = record_from_json(record_to_json(record)).spec;
  CHECK((spec.seccomp.path == "p.json" && spec.seccomp.profile == record.spec.seccomp.profile));
  CHECK(spec.process.env == record.spec.process.env);
  REQUIRE(spec.mounts.size() == 5);
  for (size_t i = 0; i < 5; ++i) CHECK(spec.mounts[i].flag == record.spec.mounts[i].flag);
}

TEST_CASE("records of older builds are read") {
  Spec spec = record_from_json(R"({"version":1,"id":"a","name":"n","image":"i","image_id":"x","command":["sh"],
      "labels":{},"created_unix_ns":1,"auto_remove":false,"spec":{"seccomp":{"kind":"file","path":"/p.json"},
      "mounts":[{"kind":"bind","source":"/a","destination":"/b","read_only":true}]}})")
                  .spec;
  CHECK((spec.seccomp.kind == Seccomp::Kind::file && spec.seccomp.path == "/p.json" && spec.seccomp.profile.empty()));
  REQUIRE(spec.mounts.size() == 1);
  CHECK((spec.mounts[0].source == "/a" && spec.mounts[0].read_only && spec.mounts[0].flag == Mount::Flag::none));
}
