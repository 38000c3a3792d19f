# Sourced. need_packages LIST...: installs what the lists name and the machine does not have; quiet unless it fails.
# Services that packages bring are not started: the tests run their own, on loopback ports.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing_packages() {
  local wanted
  wanted=$(sed 's/#.*//' "$@" | awk 'NF { print $1 }' | sort -u)
  # shellcheck disable=SC2086  # a list of words
  comm -23 <(echo "$wanted") <(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
    awk '$2 == "installed" { print $1 }' | sort -u)
}

forbid_service_starts() {
  [ -e /usr/sbin/policy-rc.d ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
  as_root chmod 755 /usr/sbin/policy-rc.d
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"
}

need_packages() {
  local missing log
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || { echo "these packages are needed: $missing" >&2; return 1; }
  log=$(mktemp)
  (
    forbid_service_starts
    # shellcheck disable=SC2086  # a list of words
    apt_install $missing || { as_root apt-get -qq update && apt_install $missing; }
  ) >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; return 1; }
  rm -f "$log"
}

need_packages_named() {  # PACKAGE...
  need_packages <(printf '%s\n' "$@")
}
