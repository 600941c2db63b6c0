"""Parses a raw capture of the manager interface with panoramisk, and only counts the messages by event.

usage: python3 ami_panoramisk.py CAPTURE.raw        (pip install panoramisk)
"""

import asyncio
import collections
import sys

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

PIECE = 64 * 1024


def main():
    asyncio.set_event_loop(asyncio.new_event_loop())
    manager = Manager(loop=asyncio.get_event_loop())
    counts = collections.Counter()

    def count(_, message):
        counts[message.event] += 1

    manager.register_event("*", count)
    protocol = AMIProtocol()
    protocol.connection_made(Transport())
    protocol.factory = manager
    with open(sys.argv[1], "rb") as capture:
        while piece := capture.read(PIECE):
            protocol.data_received(piece)
    print(sum(counts.values()), "events of", len(counts), "kinds")


class Transport:
    """Takes what the library would send, and sends nothing."""

    def write(self, _):
        pass

    def close(self):
        pass

    def get_extra_info(self, *_):
        return None


main()
