#!/usr/bin/python3
"""Types the commands of a file at ccocker or Docker and prints what each gave: exit code and essential output.

afternoon.py COMMANDS PROGRAM [WORKDIR]          prints the record (what PROGRAM gave)
afternoon.py --compare COMMANDS RECORDED GIVEN   says where GIVEN is not what RECORDED says; exits 1 then
"""
import os
import re
import subprocess
import sys
import time

# What differs between two runs of the same program becomes a word.
WORDS = [
    (r"sha256:[0-9a-f]{64}", "ID"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b", "ID"),
    (r"\b(Less than a second|About an? (minute|hour)|\d+ (seconds?|minutes?|hours?|days?|weeks?|months?|years?))( ago)?\b", "AGO"),
    (r"\b\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\b\d+(\.\d+)?\s?([kKMGT]i?)?B\b", "SIZE"),
    (r"[ \t]{2,}", "  "),
]

# Each program complains in sentences of its own. What they must agree on is the kind of complaint.
COMPLAINTS = [
    ("no such container", r"no such container"),
    ("no such image", r"no such image|image not known|reference does not exist|unable to find image"),
    ("no such volume", r"no such volume"),
    ("no such network", r"network \S+ not found|no such network"),
    ("no such object", r"no such object|no such container or image|nothing is called"),
    ("not found", r"manifest unknown|not found|no such file|could not find"),
    ("not running", r"is not running|not running"),
    ("is running", r"running container|is running|stop the container|stop it"),
    ("is paused", r"is paused|already paused"),
    ("not paused", r"not paused"),
    ("in use", r"in use|being used|is using|uses it|using its"),
    ("read-only", r"read-only"),
    ("unknown flag", r"unknown flag|unknown option|no option"),
    ("conflicting options", r"conflicting options"),
    ("unknown command", r"is not a docker command|unknown command|no command|is no command"),
    ("invalid", r"invalid|not valid|too small|must be|is not a|bad |not allowed|lowercase|not recognized|cannot be|predefined|not a valid|unexpected"
                r"|parsing|unclosed|malformed|unknown filter|failed to parse|no unit|minimum"),
    ("arguments", r"requires (at least|exactly) \d|too few|missing|needs|must provide one or more|at least one"),
    ("no public port", r"no public port"),
    ("permission", r"permission denied|is a directory"),
    ("no field", r"can't evaluate|no entry for key|no field"),
]


def with_words(text, registry):
    if registry:
        text = text.replace(registry, "REGISTRY")
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.splitlines()]


def unsigned(line):
    """A sentence without the name of the program that says it."""
    return re.sub(r"^(Error response from daemon|ccocker): (\w)", lambda found: found[2].lower(), line)


def complaint(stderr):
    return [kind for kind, pattern in COMPLAINTS if re.search(pattern, stderr, re.IGNORECASE)]


def typed(command, env, workdir):
    try:
        done = subprocess.run(["bash", "-c", command], env=env, cwd=workdir, stdin=subprocess.DEVNULL, timeout=30,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return "never", "", ""


def commands_of(path):
    """(command, reason why ccocker differs or None)"""
    reason = None
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("# differs: "):
            reason = line[len("# differs: "):]
        elif line and not line.startswith("#"):
            yield line, reason
            reason = None


def record(commands, program, workdir):
    shims = os.path.join(workdir, "bin")
    os.makedirs(shims, exist_ok=True)
    with open(os.path.join(shims, "docker"), "w") as shim:
        shim.write(f'#!/bin/sh\nexec {program} "$@"\n')
    os.chmod(shim.name, 0o755)
    env = dict(os.environ, PATH=f"{shims}:{os.environ['PATH']}", START=str(int(time.time())))
    registry = os.environ.get("REGISTRY", "")
    for command, _ in commands_of(commands):
        began = time.time()
        status, out, err = typed(command, env, workdir)
        print(f"$ {command}\nexit {status}")
        for line in with_words(out if out.strip() else "", registry):
            print(f"| {line}")
        if status != 0 and complaint(err):
            print("! " + ", ".join(complaint(err)))
        elif err:
            for line in with_words(err, registry):
                print(f"> {unsigned(line)}")
        if os.environ.get("AFTERNOON_ALL"):
            print(f"# {time.time() - began:.1f} s {err.strip()}")
        sys.stdout.flush()


def entries(path):
    found, command = {}, None
    order = []
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("$ "):
            command = f"{len(order)} {line}"
            order.append(command)
            found[command] = []
        elif command and not line.startswith("#"):
            found[command].append(line)
    return order, found


def agree(wanted, given):
    """The same exit code and output; complaints agree when they share a kind."""
    def kinds(lines):
        return [set(line[2:].split(", ")) for line in lines if line.startswith("! ")]
    plain = [[line for line in lines if not line.startswith("! ")] for lines in (wanted, given)]
    if plain[0] != plain[1] or len(kinds(wanted)) != len(kinds(given)):
        return False
    return all(one & other for one, other in zip(kinds(wanted), kinds(given)))


def compare(commands, recorded, given):
    order, want = entries(recorded)
    typed_order, have = entries(given)
    listed = list(commands_of(commands))
    if not order == typed_order == [f"{i} $ {command}" for i, (command, _) in enumerate(listed)]:
        print("the commands are not those that were recorded: record them again (see afternoon.bats)")
        return 1
    wrong = differing = 0
    for key, (command, reason) in zip(order, listed):
        same = agree(want[key], have[key])
        if reason and not same:
            differing += 1
        elif reason and same:
            wrong += 1
            print(f"$ {command}\nis said to differ and does not: {reason}")
        elif not same:
            wrong += 1
            print("\n".join([f"$ {command}", "Docker:", *want[key], "here:", *have[key], ""]))
    print(f"{len(order)} commands, {len(order) - differing - wrong} the same, {differing} known to differ, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1] == "--compare":
        sys.exit(compare(*sys.argv[2:5]))
    record(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ".")
