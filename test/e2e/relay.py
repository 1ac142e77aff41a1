#!/usr/bin/env python3
"""Stands between a mail server and belfry: writes down every datagram before it passes it on.

  relay.py LISTEN FORWARD RECORD

Bound on LISTEN, it appends a line of JSON to RECORD for each datagram, {"number", "bytes" in base64, "heldMs"}, and sends
the same bytes to FORWARD with a blocking call, so that nothing is lost between the two; heldMs is how long that call
took. Says "ready" once it receives. On SIGTERM it passes on what still waits and ends; it fails when FORWARD does.
"""
import base64
import json
import os
import selectors
import signal
import socket
import sys
import time

listen, forward, record = sys.argv[1:]

incoming = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
incoming.setblocking(False)
incoming.bind(listen)
os.chmod(listen, 0o777)

outgoing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
outgoing.connect(forward)

# The signal becomes readable, so that it never comes between taking a datagram and passing it on.
told_to_stop, wakeup = socket.socketpair()
wakeup.setblocking(False)
signal.set_wakeup_fd(wakeup.fileno())
signal.signal(signal.SIGTERM, lambda *_: None)

sources = selectors.DefaultSelector()
sources.register(incoming, selectors.EVENT_READ)
sources.register(told_to_stop, selectors.EVENT_READ)
number = 0


def pass_on(book):
    """Passes on one datagram; False when none waits."""
    global number
    try:
        datagram = incoming.recv(1 << 20)
    except BlockingIOError:
        return False
    number += 1
    start = time.monotonic()
    outgoing.send(datagram)
    held_ms = round((time.monotonic() - start) * 1000, 3)
    line = {"number": number, "heldMs": held_ms, "bytes": base64.b64encode(datagram).decode("ascii")}
    book.write(json.dumps(line) + "\n")
    return True


with open(record, "w", buffering=1, encoding="ascii") as book:
    print("ready", flush=True)
    stopping = False
    while not stopping:
        stopping = any(key.fileobj is told_to_stop for key, _ in sources.select())
        while pass_on(book):
            pass
os.unlink(listen)
