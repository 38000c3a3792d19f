#!/usr/bin/python3
"""Judges a container's life by its events, one JSON object a line on standard input: backoffs.py STARTS_EXPECTED.

Every death is followed by a start after the backoff of src/runtime/restart_policy.h: 100 ms, then twice the one before
up to a minute, and 100 ms again after ten seconds of life. Only the last death has no start behind it. A machine under
load may be late, but not on the whole. Prints how many deaths there were, the backoffs in milliseconds and exit codes.
"""
import json, statistics, sys

FIRST, MOST, STEADY = 0.1, 60.0, 10.0
EARLY_MAX, LATE_MAX, LATE_MEDIAN_MAX, LATE_LEAST_MAX = 0.02, 3.0, 2.0, 0.5

starts_expected = int(sys.argv[1])
events = [json.loads(line) for line in sys.stdin]
life = [(e["Action"], e["timeNano"] / 1e9, e["Actor"]["Attributes"]) for e in events if e["Action"] in ("start", "die")]
assert [action for action, _, _ in life] == ["start", "die"] * starts_expected, [action for action, _, _ in life]

backoff, backoffs, late = 0.0, [], []
for (_, born, _), (_, died, _), (_, reborn, _) in zip(life[0::2], life[1::2], life[2::2]):
    backoff = FIRST if backoff == 0 or died - born >= STEADY else min(2 * backoff, MOST)
    backoffs.append(backoff)
    late.append(reborn - died - backoff)
    assert -EARLY_MAX <= late[-1] <= LATE_MAX, f"up {died - born:.3f} s, start {reborn - died:.3f} s after death {len(late)}, not {backoff}"
assert not late or (statistics.median(late) <= LATE_MEDIAN_MAX and min(late) <= LATE_LEAST_MAX), late
print(len(life) // 2)
print(*(round(backoff * 1000) for backoff in backoffs))
print(*(attributes["exitCode"] for action, _, attributes in life if action == "die"))
