# bash completion for ccocker: eval "$(ccocker completion bash)"
_ccocker() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --root|--state|--config|-c|--context|-l|--log-level|-H|--host|--tlscacert|--tlscert|--tlskey) ((i++)) ;;
      -*) ;;
      container|image|network|system|volume)
        command=${COMP_WORDS[i]}
        ((i + 1 < COMP_CWORD)) || break
        case ${COMP_WORDS[i]}-${COMP_WORDS[i+1]} in
          container-attach) command='attach' ;;
          container-commit) command='commit' ;;
          container-cp) command='cp' ;;
          container-create) command='create' ;;
          container-diff) command='diff' ;;
          container-exec) command='exec' ;;
          container-export) command='export' ;;
          container-inspect) command='inspect' ;;
          container-kill) command='kill' ;;
          container-list) command='ps' ;;
          container-logs) command='logs' ;;
          container-ls) command='ps' ;;
          container-pause) command='pause' ;;
          container-port) command='port' ;;
          container-prune) command='container prune' ;;
          container-ps) command='ps' ;;
          container-remove) command='rm' ;;
          container-rename) command='rename' ;;
          container-restart) command='restart' ;;
          container-rm) command='rm' ;;
          container-run) command='run' ;;
          container-start) command='start' ;;
          container-stats) command='stats' ;;
          container-stop) command='stop' ;;
          container-top) command='top' ;;
          container-unpause) command='unpause' ;;
          container-update) command='update' ;;
          container-wait) command='wait' ;;
          image-history) command='history' ;;
          image-import) command='import' ;;
          image-inspect) command='inspect' ;;
          image-list) command='images' ;;
          image-load) command='load' ;;
          image-ls) command='images' ;;
          image-prune) command='image prune' ;;
          image-pull) command='pull' ;;
          image-push) command='push' ;;
          image-remove) command='rmi' ;;
          image-rm) command='rmi' ;;
          image-save) command='save' ;;
          image-tag) command='tag' ;;
          network-connect) command='network connect' ;;
          network-create) command='network create' ;;
          network-disconnect) command='network disconnect' ;;
          network-inspect) command='network inspect' ;;
          network-list) command='network ls' ;;
          network-ls) command='network ls' ;;
          network-prune) command='network prune' ;;
          network-remove) command='network rm' ;;
          network-rm) command='network rm' ;;
          system-df) command='system df' ;;
          system-events) command='events' ;;
          system-info) command='info' ;;
          system-prune) command='system prune' ;;
          volume-create) command='volume create' ;;
          volume-inspect) command='volume inspect' ;;
          volume-list) command='volume ls' ;;
          volume-ls) command='volume ls' ;;
          volume-prune) command='volume prune' ;;
          volume-remove) command='volume rm' ;;
          volume-rm) command='volume rm' ;;
        esac
        break ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
  case $command in
    '')
      case $prev in
      --root) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --state) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --config) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      -c|--context) COMPREPLY=(); return ;;
      -l|--log-level) COMPREPLY=($(compgen -W 'debug info warn error fatal' -- "$cur")); return ;;
      esac
      flags='--root --state --config --context -c --debug -D --log-level -l --version -v --help'
      words='run create start stop restart kill pause unpause wait attach logs rename update exec ps rm inspect top stats events diff cp port pull images rmi load save tag push commit export import history login logout info version completion help container image network system volume'
      ;;
    container)
      flags='--help'
      words='attach commit cp create diff exec export inspect kill list logs ls pause port prune ps remove rename restart rm run start stats stop top unpause update wait'
      ;;
    image)
      flags='--help'
      words='history import inspect list load ls prune pull push remove rm save tag'
      ;;
    network)
      flags='--help'
      words='connect create disconnect inspect list ls prune remove rm'
      ;;
    system)
      flags='--help'
      words='df events info prune'
      ;;
    volume)
      flags='--help'
      words='create inspect list ls prune remove rm'
      ;;
    'run')
      case $prev in
      -a|--attach) COMPREPLY=(); return ;;
      --bind-pid) COMPREPLY=(); return ;;
      --add-host) COMPREPLY=(); return ;;
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --cap-add) COMPREPLY=(); return ;;
      --cap-drop) COMPREPLY=(); return ;;
      --cidfile) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --cpu-period) COMPREPLY=(); return ;;
      --cpu-quota) COMPREPLY=(); return ;;
      -c|--cpu-shares) COMPREPLY=(); return ;;
      --cpus) COMPREPLY=(); return ;;
      --cpuset-cpus) COMPREPLY=(); return ;;
      --cpuset-mems) COMPREPLY=(); return ;;
      --detach-keys) COMPREPLY=(); return ;;
      --device) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --dns) COMPREPLY=(); return ;;
      --dns-option) COMPREPLY=(); return ;;
      --dns-opt) COMPREPLY=(); return ;;
      --dns-search) COMPREPLY=(); return ;;
      --entrypoint) COMPREPLY=(); return ;;
      -e|--env) COMPREPLY=(); return ;;
      --env-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --group-add) COMPREPLY=(); return ;;
      --health-cmd) COMPREPLY=(); return ;;
      --health-interval) COMPREPLY=(); return ;;
      --health-retries) COMPREPLY=(); return ;;
      --health-start-interval) COMPREPLY=(); return ;;
      --health-start-period) COMPREPLY=(); return ;;
      --health-timeout) COMPREPLY=(); return ;;
      -h|--hostname) COMPREPLY=(); return ;;
      --ipc) COMPREPLY=($(compgen -W 'private shareable host' -- "$cur")); return ;;
      --isolation) COMPREPLY=(); return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      -l|--label) COMPREPLY=(); return ;;
      --label-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --log-driver) COMPREPLY=($(compgen -W 'json-file journald none' -- "$cur")); return ;;
      --log-opt) COMPREPLY=(); return ;;
      --mem) COMPREPLY=(); return ;;
      -m|--memory) COMPREPLY=(); return ;;
      --memory-reservation) COMPREPLY=(); return ;;
      --memory-swap) COMPREPLY=(); return ;;
      --mount) COMPREPLY=(); return ;;
      --name) COMPREPLY=(); return ;;
      --ip) COMPREPLY=(); return ;;
      --ip6) COMPREPLY=(); return ;;
      --mac-address) COMPREPLY=(); return ;;
      --network) COMPREPLY=(); return ;;
      --net) COMPREPLY=(); return ;;
      --network-alias) COMPREPLY=(); return ;;
      --on-pressure) COMPREPLY=(); return ;;
      --on-unhealthy) COMPREPLY=($(compgen -W 'none stop restart' -- "$cur")); return ;;
      -p|--publish) COMPREPLY=(); return ;;
      --expose) COMPREPLY=(); return ;;
      --oom-score-adj) COMPREPLY=(); return ;;
      --pids-limit) COMPREPLY=(); return ;;
      --pids) COMPREPLY=(); return ;;
      --pid) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      --pull) COMPREPLY=($(compgen -W 'always missing never' -- "$cur")); return ;;
      --restart) COMPREPLY=(); return ;;
      --security-opt) COMPREPLY=(); return ;;
      --shm-size) COMPREPLY=(); return ;;
      --stop-signal) COMPREPLY=(); return ;;
      --stop-timeout) COMPREPLY=(); return ;;
      --swap) COMPREPLY=(); return ;;
      --sysctl) COMPREPLY=(); return ;;
      --tmpfs) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --ulimit) COMPREPLY=(); return ;;
      --uts) COMPREPLY=(); return ;;
      -u|--user) COMPREPLY=(); return ;;
      -v|--volume) COMPREPLY=(); return ;;
      --volumes-from) COMPREPLY=(); return ;;
      -w|--workdir) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--attach -a --bind-pid --add-host --ca-file --cap-add --cap-drop --cidfile --cpu-period --cpu-quota --cpu-shares -c --cpus --cpuset-cpus --cpuset-mems --detach -d --detach-keys --device --disable-content-trust --dns --dns-option --dns-opt --dns-search --entrypoint --env -e --env-file --group-add --health-cmd --health-interval --health-retries --health-start-interval --health-start-period --health-timeout --hostname -h --ipc --isolation --init --insecure-registry --interactive -i --label -l --label-file --log-driver --log-opt --mem --memory -m --memory-reservation --memory-swap --mount --name --ip --ip6 --mac-address --network --net --network-alias --no-healthcheck --on-pressure --on-unhealthy --publish -p --publish-all -P --expose --oom-score-adj --pids-limit --pids --pid --platform --privileged --pull --quiet -q --read-only --restart --rm --security-opt --shm-size --sig-proxy --stop-signal --stop-timeout --swap --sysctl --timing --tmpfs --tty -t --ulimit --uts --user -u --volume -v --volumes-from --workdir -w --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'create')
      case $prev in
      -a|--attach) COMPREPLY=(); return ;;
      --bind-pid) COMPREPLY=(); return ;;
      --add-host) COMPREPLY=(); return ;;
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --cap-add) COMPREPLY=(); return ;;
      --cap-drop) COMPREPLY=(); return ;;
      --cidfile) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --cpu-period) COMPREPLY=(); return ;;
      --cpu-quota) COMPREPLY=(); return ;;
      -c|--cpu-shares) COMPREPLY=(); return ;;
      --cpus) COMPREPLY=(); return ;;
      --cpuset-cpus) COMPREPLY=(); return ;;
      --cpuset-mems) COMPREPLY=(); return ;;
      --detach-keys) COMPREPLY=(); return ;;
      --device) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --dns) COMPREPLY=(); return ;;
      --dns-option) COMPREPLY=(); return ;;
      --dns-opt) COMPREPLY=(); return ;;
      --dns-search) COMPREPLY=(); return ;;
      --entrypoint) COMPREPLY=(); return ;;
      -e|--env) COMPREPLY=(); return ;;
      --env-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --group-add) COMPREPLY=(); return ;;
      --health-cmd) COMPREPLY=(); return ;;
      --health-interval) COMPREPLY=(); return ;;
      --health-retries) COMPREPLY=(); return ;;
      --health-start-interval) COMPREPLY=(); return ;;
      --health-start-period) COMPREPLY=(); return ;;
      --health-timeout) COMPREPLY=(); return ;;
      -h|--hostname) COMPREPLY=(); return ;;
      --ipc) COMPREPLY=($(compgen -W 'private shareable host' -- "$cur")); return ;;
      --isolation) COMPREPLY=(); return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      -l|--label) COMPREPLY=(); return ;;
      --label-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --log-driver) COMPREPLY=($(compgen -W 'json-file journald none' -- "$cur")); return ;;
      --log-opt) COMPREPLY=(); return ;;
      --mem) COMPREPLY=(); return ;;
      -m|--memory) COMPREPLY=(); return ;;
      --memory-reservation) COMPREPLY=(); return ;;
      --memory-swap) COMPREPLY=(); return ;;
      --mount) COMPREPLY=(); return ;;
      --name) COMPREPLY=(); return ;;
      --ip) COMPREPLY=(); return ;;
      --ip6) COMPREPLY=(); return ;;
      --mac-address) COMPREPLY=(); return ;;
      --network) COMPREPLY=(); return ;;
      --net) COMPREPLY=(); return ;;
      --network-alias) COMPREPLY=(); return ;;
      --on-pressure) COMPREPLY=(); return ;;
      --on-unhealthy) COMPREPLY=($(compgen -W 'none stop restart' -- "$cur")); return ;;
      -p|--publish) COMPREPLY=(); return ;;
      --expose) COMPREPLY=(); return ;;
      --oom-score-adj) COMPREPLY=(); return ;;
      --pids-limit) COMPREPLY=(); return ;;
      --pids) COMPREPLY=(); return ;;
      --pid) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      --pull) COMPREPLY=($(compgen -W 'always missing never' -- "$cur")); return ;;
      --restart) COMPREPLY=(); return ;;
      --security-opt) COMPREPLY=(); return ;;
      --shm-size) COMPREPLY=(); return ;;
      --stop-signal) COMPREPLY=(); return ;;
      --stop-timeout) COMPREPLY=(); return ;;
      --swap) COMPREPLY=(); return ;;
      --sysctl) COMPREPLY=(); return ;;
      --tmpfs) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --ulimit) COMPREPLY=(); return ;;
      --uts) COMPREPLY=(); return ;;
      -u|--user) COMPREPLY=(); return ;;
      -v|--volume) COMPREPLY=(); return ;;
      --volumes-from) COMPREPLY=(); return ;;
      -w|--workdir) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--attach -a --bind-pid --add-host --ca-file --cap-add --cap-drop --cidfile --cpu-period --cpu-quota --cpu-shares -c --cpus --cpuset-cpus --cpuset-mems --detach -d --detach-keys --device --disable-content-trust --dns --dns-option --dns-opt --dns-search --entrypoint --env -e --env-file --group-add --health-cmd --health-interval --health-retries --health-start-interval --health-start-period --health-timeout --hostname -h --ipc --isolation --init --insecure-registry --interactive -i --label -l --label-file --log-driver --log-opt --mem --memory -m --memory-reservation --memory-swap --mount --name --ip --ip6 --mac-address --network --net --network-alias --no-healthcheck --on-pressure --on-unhealthy --publish -p --publish-all -P --expose --oom-score-adj --pids-limit --pids --pid --platform --privileged --pull --quiet -q --read-only --restart --rm --security-opt --shm-size --sig-proxy --stop-signal --stop-timeout --swap --sysctl --timing --tmpfs --tty -t --ulimit --uts --user -u --volume -v --volumes-from --workdir -w --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'start')
      case $prev in
      --bind-pid) COMPREPLY=(); return ;;
      --detach-keys) COMPREPLY=(); return ;;
      esac
      flags='--all-restartable --attach -a --bind-pid --detach-keys --interactive -i --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'stop')
      case $prev in
      -s|--signal) COMPREPLY=(); return ;;
      -t|--time) COMPREPLY=(); return ;;
      --timeout) COMPREPLY=(); return ;;
      esac
      flags='--signal -s --time -t --timeout --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'restart')
      case $prev in
      -s|--signal) COMPREPLY=(); return ;;
      -t|--time) COMPREPLY=(); return ;;
      --timeout) COMPREPLY=(); return ;;
      esac
      flags='--signal -s --time -t --timeout --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'kill')
      case $prev in
      -s|--signal) COMPREPLY=(); return ;;
      esac
      flags='--signal -s --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'pause')
      flags='--help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'unpause')
      flags='--help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'wait')
      flags='--help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'attach')
      case $prev in
      --detach-keys) COMPREPLY=(); return ;;
      esac
      flags='--detach-keys --no-stdin --sig-proxy --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'logs')
      case $prev in
      --since) COMPREPLY=(); return ;;
      -n|--tail) COMPREPLY=(); return ;;
      --until) COMPREPLY=(); return ;;
      esac
      flags='--follow -f --since --tail -n --timestamps -t --until --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'rename')
      flags='--help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'update')
      case $prev in
      --cpu-period) COMPREPLY=(); return ;;
      --cpu-quota) COMPREPLY=(); return ;;
      -c|--cpu-shares) COMPREPLY=(); return ;;
      --cpus) COMPREPLY=(); return ;;
      --cpuset-cpus) COMPREPLY=(); return ;;
      --cpuset-mems) COMPREPLY=(); return ;;
      -m|--memory) COMPREPLY=(); return ;;
      --memory-reservation) COMPREPLY=(); return ;;
      --memory-swap) COMPREPLY=(); return ;;
      --pids-limit) COMPREPLY=(); return ;;
      --restart) COMPREPLY=(); return ;;
      esac
      flags='--cpu-period --cpu-quota --cpu-shares -c --cpus --cpuset-cpus --cpuset-mems --memory -m --memory-reservation --memory-swap --pids-limit --restart --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'exec')
      case $prev in
      --detach-keys) COMPREPLY=(); return ;;
      -e|--env) COMPREPLY=(); return ;;
      --env-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      -u|--user) COMPREPLY=(); return ;;
      -w|--workdir) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--detach -d --detach-keys --env -e --env-file --interactive -i --privileged --tty -t --user -u --workdir -w --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'ps')
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      -n|--last) COMPREPLY=(); return ;;
      esac
      flags='--all -a --filter -f --format --last -n --latest -l --no-trunc --quiet -q --size -s --help'
      ;;
    'rm')
      flags='--force -f --volumes -v --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'inspect')
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      --type) COMPREPLY=($(compgen -W 'container image network volume' -- "$cur")); return ;;
      esac
      flags='--format -f --size -s --type --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'top')
      flags='--help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'stats')
      case $prev in
      --format) COMPREPLY=(); return ;;
      esac
      flags='--all -a --format --no-stream --no-trunc --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'events')
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      --since) COMPREPLY=(); return ;;
      --until) COMPREPLY=(); return ;;
      esac
      flags='--filter -f --format --since --until --help'
      ;;
    'diff')
      flags='--help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'cp')
      flags='--archive -a --follow-link -L --quiet -q --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'port')
      flags='--help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    'network create')
      case $prev in
      -d|--driver) COMPREPLY=(); return ;;
      --gateway) COMPREPLY=(); return ;;
      --label) COMPREPLY=(); return ;;
      -o|--opt) COMPREPLY=(); return ;;
      --subnet) COMPREPLY=(); return ;;
      esac
      flags='--driver -d --gateway --internal --ipv6 --label --opt -o --subnet --help'
      ;;
    'network ls')
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      esac
      flags='--filter -f --format --no-trunc --quiet -q --help'
      ;;
    'network inspect')
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    'network rm')
      flags='--force -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    'network prune')
      case $prev in
      --filter) COMPREPLY=(); return ;;
      esac
      flags='--filter --force -f --help'
      ;;
    'network connect')
      case $prev in
      --alias) COMPREPLY=(); return ;;
      --ip) COMPREPLY=(); return ;;
      --ip6) COMPREPLY=(); return ;;
      esac
      flags='--alias --ip --ip6 --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    'network disconnect')
      flags='--force -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    'pull')
      case $prev in
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --downloads) COMPREPLY=(); return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      esac
      flags='--ca-file --disable-content-trust --downloads --insecure-registry --platform --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'images')
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      esac
      flags='--all -a --digests --filter -f --format --no-trunc --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'rmi')
      flags='--force -f --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'load')
      case $prev in
      -i|--input) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--input -i --quiet -q --help'
      ;;
    'save')
      case $prev in
      -o|--output) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--output -o --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'tag')
      flags='--help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'push')
      case $prev in
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      esac
      flags='--all-tags -a --ca-file --disable-content-trust --insecure-registry --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'commit')
      case $prev in
      -a|--author) COMPREPLY=(); return ;;
      -c|--change) COMPREPLY=(); return ;;
      -m|--message) COMPREPLY=(); return ;;
      esac
      flags='--author -a --change -c --message -m --pause -p --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'export')
      case $prev in
      -o|--output) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--output -o --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    'import')
      case $prev in
      -c|--change) COMPREPLY=(); return ;;
      -m|--message) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      esac
      flags='--change -c --message -m --platform --help'
      ;;
    'history')
      case $prev in
      --format) COMPREPLY=(); return ;;
      esac
      flags='--format --human -H --no-trunc --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    'login')
      case $prev in
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      -p|--password) COMPREPLY=(); return ;;
      -u|--username) COMPREPLY=(); return ;;
      esac
      flags='--ca-file --insecure-registry --password -p --password-stdin --username -u --help'
      ;;
    'logout')
      flags='--help'
      ;;
    'volume create')
      case $prev in
      -d|--driver) COMPREPLY=(); return ;;
      --label) COMPREPLY=(); return ;;
      --name) COMPREPLY=(); return ;;
      esac
      flags='--driver -d --label --name --help'
      ;;
    'volume ls')
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      esac
      flags='--filter -f --format --quiet -q --help'
      ;;
    'volume inspect')
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      words=$(ccocker volume ls -q 2>/dev/null)
      ;;
    'volume rm')
      flags='--force -f --help'
      words=$(ccocker volume ls -q 2>/dev/null)
      ;;
    'volume prune')
      case $prev in
      --filter) COMPREPLY=(); return ;;
      esac
      flags='--all -a --filter --force -f --help'
      ;;
    'container prune')
      case $prev in
      --filter) COMPREPLY=(); return ;;
      esac
      flags='--filter --force -f --help'
      ;;
    'image prune')
      case $prev in
      --filter) COMPREPLY=(); return ;;
      esac
      flags='--all -a --filter --force -f --help'
      ;;
    'system prune')
      case $prev in
      --filter) COMPREPLY=(); return ;;
      esac
      flags='--all -a --filter --force -f --volumes --help'
      ;;
    'system df')
      case $prev in
      --format) COMPREPLY=(); return ;;
      esac
      flags='--format --verbose -v --help'
      ;;
    'info')
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      ;;
    'version')
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      ;;
    'completion')
      flags='--help'
      words=$(echo bash zsh fish)
      ;;
    'help')
      flags='--help'
      words=$(echo run create start stop restart kill pause unpause wait attach logs rename update exec ps rm inspect top stats events diff cp port pull images rmi load save tag push commit export import history login logout info version completion help container image network system volume)
      ;;
  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
  esac
  # A colon splits words in readline: offer only what stands behind it.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local head=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$head"}")
  fi
}
complete -F _ccocker ccocker
