#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""What the daemon holds resident while sound flows stays within its limit, and
what its audio threads use is locked: the heap, and a stack for each of them."""

import re

import test_options
from sandbox import end, expect, main, wait

LIMIT_KB = {"pipewire": 15_000_000 // 1024}
USUAL_LIMIT_KB = 25_000_000 // 1024
# The heap in use and two stacks; far below a server's shared memory.
LOCKED_LIMIT_KB = 8 << 10
STACK_KB = 64


def areas(pid):
    """Of each mapping that is locked: name, size in kB."""
    found = []
    for line in open(f"/proc/{pid}/smaps"):
        fields = line.split()
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            name = fields[5] if len(fields) > 5 else ""
        elif fields[0] == "Size:":
            size_kb = int(fields[1])
        elif fields[0] == "VmFlags:" and "lo" in fields:
            found.append((name, size_kb))
    return found


def resident_kb(pid):
    status = open(f"/proc/{pid}/status").read()
    return {name: int(re.search(rf"^{name}:\s*(\d+)", status, re.M)[1])
            for name in ("VmRSS", "RssAnon", "RssFile", "RssShmem", "VmLck")}


def test():
    options = test_options.parse(__doc__, servers=("jack", "pipewire", "pulse"))
    with test_options.running(options) as (_, server, daemon):
        listener = server.listen()
        wait("sound", listener.hears)
        pid = daemon.process.pid

        def stacks():
            return [size for name, size in areas(pid)
                    if name == "" and size >= STACK_KB]
        if options.server != "pipewire":  # libpipewire's are locked whole
            wait("a locked stack", stacks)
        memory = resident_kb(pid)
        locked = areas(pid)
        print(f"{memory}; locked {locked}")
        expect(memory["VmRSS"] <= LIMIT_KB.get(options.server, USUAL_LIMIT_KB),
               f"{memory['VmRSS']} kB are resident")
        expect(memory["VmLck"] <= LOCKED_LIMIT_KB,
               f"{memory['VmLck']} kB are locked")
        expect(any(name == "[heap]" for name, _ in locked),
               "the heap is not locked")
        end(listener)


main(test)
