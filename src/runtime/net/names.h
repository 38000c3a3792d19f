#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/lease.h"

namespace ccocker::runtime {

// What one container can see of the others: names and addresses on the networks it is on itself. Read from the leases,
// and anew only when one was made or freed since.
class Names {
 public:
  Names(std::string state, std::string id) : state_(std::move(state)), id_(std::move(id)) {}

  // Every lease of a container that is called so; capitals do not matter to the caller, who gives lower case.
  std::vector<Lease> find(const std::string& name);
  // The name of whoever has the address.
  std::optional<std::string> name_of(const Address& address);

 private:
  struct Seen {
    int64_t changed_ns = 0;
    bool settled = false;  // looked at long enough after the change that no further one has the same time
    std::vector<Lease> leases;
  };
  std::vector<const Lease*> visible();
  // A supervisor that was killed leaves its lease until somebody sweeps.
  bool lives(const Lease& lease) const;
  const std::vector<Lease>& leases_of(const std::string& network);

  std::string state_, id_;
  std::map<std::string, Seen> seen_;  // by network
};

}  // namespace ccocker::runtime
