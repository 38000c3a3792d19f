# bash completion for ccocker: eval "$(ccocker completion bash)"
_ccocker() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --root|--state|--log-level) ((i++)) ;;
      -*) ;;
      image|container|system|network)
        ((i + 1 < COMP_CWORD)) || break
        case ${COMP_WORDS[i]}-${COMP_WORDS[i+1]} in
          container-run) command=run ;;
          container-exec) command=exec ;;
          container-ls) command=ps ;;
          container-list) command=ps ;;
          container-ps) command=ps ;;
          container-rm) command=rm ;;
          container-port) command=port ;;
          network-create) command=network-create ;;
          network-ls) command=network-ls ;;
          network-list) command=network-ls ;;
          network-inspect) command=network-inspect ;;
          network-rm) command=network-rm ;;
          network-remove) command=network-rm ;;
          network-prune) command=network-prune ;;
          network-connect) command=network-connect ;;
          network-disconnect) command=network-disconnect ;;
          image-pull) command=pull ;;
          image-ls) command=images ;;
          image-list) command=images ;;
          image-rm) command=rmi ;;
          image-load) command=load ;;
          system-info) command=info ;;
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
      --log-level) COMPREPLY=($(compgen -W 'debug info warn error' -- "$cur")); return ;;
      esac
      flags='--root --state --log-level --version -v --help'
      words='run exec ps rm port network-create network-ls network-inspect network-rm network-prune network-connect network-disconnect pull images rmi load info version completion help'
      ;;
    run)
      case $prev in
      --add-host) COMPREPLY=(); return ;;
      --cap-add) COMPREPLY=(); return ;;
      --cap-drop) COMPREPLY=(); return ;;
      --cidfile) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --cpu-period) COMPREPLY=(); return ;;
      --cpu-quota) COMPREPLY=(); return ;;
      --cpu-shares) COMPREPLY=(); return ;;
      --cpus) COMPREPLY=(); return ;;
      --cpuset-cpus) COMPREPLY=(); return ;;
      --cpuset-mems) COMPREPLY=(); return ;;
      --device) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --dns) COMPREPLY=(); return ;;
      --dns-option) COMPREPLY=(); return ;;
      --dns-opt) COMPREPLY=(); return ;;
      --dns-search) COMPREPLY=(); return ;;
      --entrypoint) COMPREPLY=(); return ;;
      -e|--env) COMPREPLY=(); return ;;
      --env-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --group-add) COMPREPLY=(); return ;;
      -h|--hostname) COMPREPLY=(); return ;;
      -l|--label) COMPREPLY=(); return ;;
      --label-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --mem) COMPREPLY=(); return ;;
      -m|--memory) COMPREPLY=(); return ;;
      --memory-reservation) COMPREPLY=(); return ;;
      --memory-swap) COMPREPLY=(); return ;;
      --mount) COMPREPLY=(); return ;;
      --name) COMPREPLY=(); return ;;
      --mac-address) COMPREPLY=(); return ;;
      --ip) COMPREPLY=(); return ;;
      --ip6) COMPREPLY=(); return ;;
      --network) COMPREPLY=(); return ;;
      --net) COMPREPLY=(); return ;;
      --network-alias) COMPREPLY=(); return ;;
      -p|--publish) COMPREPLY=(); return ;;
      --expose) COMPREPLY=(); return ;;
      --oom-score-adj) COMPREPLY=(); return ;;
      --pids-limit) COMPREPLY=(); return ;;
      --pids) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      --pull) COMPREPLY=($(compgen -W 'always missing never' -- "$cur")); return ;;
      --security-opt) COMPREPLY=(); return ;;
      --shm-size) COMPREPLY=(); return ;;
      --stop-signal) COMPREPLY=(); return ;;
      --swap) COMPREPLY=(); return ;;
      --sysctl) COMPREPLY=(); return ;;
      --tmpfs) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --ulimit) COMPREPLY=(); return ;;
      -u|--user) COMPREPLY=(); return ;;
      -v|--volume) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      -w|--workdir) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--add-host --cap-add --cap-drop --cidfile --cpu-period --cpu-quota --cpu-shares --cpus --cpuset-cpus --cpuset-mems --device --dns --dns-option --dns-opt --dns-search --entrypoint --env -e --env-file --group-add --hostname -h --init --interactive -i --label -l --label-file --mem --memory -m --memory-reservation --memory-swap --mount --name --mac-address --ip --ip6 --network --net --network-alias --publish -p --publish-all -P --expose --oom-score-adj --pids-limit --pids --platform --privileged --pull --quiet -q --read-only --rm --security-opt --shm-size --stop-signal --swap --sysctl --timing --tmpfs --tty -t --ulimit --user -u --volume -v --workdir -w --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    exec)
      case $prev in
      -e|--env) COMPREPLY=(); return ;;
      --env-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      -u|--user) COMPREPLY=(); return ;;
      -w|--workdir) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--env -e --env-file --interactive -i --privileged --tty -t --user -u --workdir -w --help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    ps)
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      -n|--last) COMPREPLY=(); return ;;
      esac
      flags='--all -a --filter -f --format --last -n --latest -l --no-trunc --quiet -q --help'
      ;;
    rm)
      flags='--force -f --volumes -v --help'
      words=$(ccocker ps -a --format '{{.Names}}' 2>/dev/null)
      ;;
    port)
      flags='--help'
      words=$(ccocker ps --format '{{.Names}}' 2>/dev/null)
      ;;
    network-create)
      case $prev in
      -d|--driver) COMPREPLY=(); return ;;
      --gateway) COMPREPLY=(); return ;;
      --label) COMPREPLY=(); return ;;
      -o|--opt) COMPREPLY=(); return ;;
      --subnet) COMPREPLY=(); return ;;
      esac
      flags='--driver -d --gateway --internal --ipv6 --label --opt -o --subnet --help'
      ;;
    network-ls)
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      esac
      flags='--filter -f --format --no-trunc --quiet -q --help'
      ;;
    network-inspect)
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    network-rm)
      flags='--force -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    network-prune)
      flags='--force -f --help'
      ;;
    network-connect)
      case $prev in
      --alias) COMPREPLY=(); return ;;
      --ip) COMPREPLY=(); return ;;
      --ip6) COMPREPLY=(); return ;;
      esac
      flags='--alias --ip --ip6 --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    network-disconnect)
      flags='--force -f --help'
      words=$(ccocker network ls --format '{{.Name}}' 2>/dev/null)
      ;;
    pull)
      case $prev in
      --ca-file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      --downloads) COMPREPLY=(); return ;;
      --insecure-registry) COMPREPLY=(); return ;;
      --platform) COMPREPLY=(); return ;;
      esac
      flags='--ca-file --downloads --insecure-registry --platform --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    images)
      case $prev in
      -f|--filter) COMPREPLY=(); return ;;
      --format) COMPREPLY=(); return ;;
      esac
      flags='--all -a --digests --filter -f --format --no-trunc --quiet -q --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    rmi)
      flags='--force -f --help'
      words=$(ccocker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)
      ;;
    load)
      case $prev in
      -i|--input) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames; return ;;
      esac
      flags='--input -i --quiet -q --help'
      ;;
    info)
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      ;;
    version)
      case $prev in
      -f|--format) COMPREPLY=(); return ;;
      esac
      flags='--format -f --help'
      ;;
    completion)
      flags='--help'
      words=$(echo bash zsh fish)
      ;;
    help)
      flags='--help'
      words=$(echo run exec ps rm port network-create network-ls network-inspect network-rm network-prune network-connect network-disconnect pull images rmi load info version completion help)
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
