// SPDX-License-Identifier: Apache-2.0
#ifndef TACET_DAEMON_JACK_MEMORY_H_
#define TACET_DAEMON_JACK_MEMORY_H_

namespace tacet {

// Lets go of the JACK server's shared memory in this process, but for the pages
// that are touched from now on. It holds the buffers of all ports that there
// could be, 105 MB with jackd's 2048; libjack locks it, which brings in all of
// it, and each look for a port by its name reads in every buffer's first page,
// for which the kernel maps the rest. A cycle needs a few dozen pages of it.
// The memory itself stays where it is, locked by the server if that is to be:
// a page is back at its first use, without a disk. Our own memory stays locked
// (daemon/memory_lock.h).
// To be called after clients of ours have been opened or ports looked for. Does
// nothing where there is no such memory: JACK clients of PipeWire have none.
// Thread: any, beside running clients too.  Realtime-safe: no.
void ReleaseJackMemory();

}  // namespace tacet

#endif  // TACET_DAEMON_JACK_MEMORY_H_
