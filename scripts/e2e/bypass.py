#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""In bypass no sample is lost: a pseudo-random sequence that is played into the
microphone comes out of Tacet Microphone, sample by sample, as an independent
recorder hears it. With --late 1 the daemon is there before the server."""

import test_options
from checks import check_audio
from sandbox import main


def test():
    options = test_options.parse(__doc__, seconds=5.0, late=0)
    with test_options.running(options, server_first=not options.late,
                              mode="bypass") as (_, server, daemon):
        check_audio(server, daemon, options.seconds)
        daemon.expect_balanced()


main(test)
