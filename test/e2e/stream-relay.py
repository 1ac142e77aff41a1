#!/usr/bin/env python3
"""Stands between Cyrus and belfry on a stream: writes down every request with its answer.

  stream-relay.py LISTEN FORWARD RECORD

Connects to FORWARD for each connection to LISTEN, passes everything on in both directions, and appends a line of JSON to
RECORD when the connection is over: {"bytes", "answer"} in base64, and "heldMs", the time from the first byte of the
request to the end of the answer. Lines stand in the order in which requests began. Says "ready" once it listens. Ends on
SIGTERM.
"""
import asyncio
import base64
import json
import os
import signal
import sys
import time

listen, forward, record = sys.argv[1:]
lines = []


async def copy(reader, writer, seen, times):
    while data := await reader.read(1 << 16):
        times.append(time.monotonic())
        seen.extend(data)
        writer.write(data)
        await writer.drain()


async def serve(client_reader, client_writer):
    reader, writer = await asyncio.open_unix_connection(forward)
    request, answer, asked, answered = bytearray(), bytearray(), [], []
    line = {}
    lines.append(line)
    back = asyncio.create_task(copy(reader, client_writer, answer, answered))
    try:
        await copy(client_reader, writer, request, asked)
    except ConnectionError:
        pass
    writer.close()
    back.cancel()
    client_writer.close()
    held_ms = round((answered[-1] - asked[0]) * 1000, 3) if asked and answered else 0
    encoded = [base64.b64encode(one).decode("ascii") for one in (request, answer)]
    line.update({"heldMs": held_ms, "bytes": encoded[0], "answer": encoded[1]})


async def main():
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    server = await asyncio.start_unix_server(serve, listen, backlog=1024)
    os.chmod(listen, 0o777)
    print("ready", flush=True)
    await over.wait()
    server.close()
    while len(asyncio.all_tasks()) > 1:
        await asyncio.sleep(0.01)
    with open(record, "w", encoding="ascii") as book:
        book.writelines(json.dumps(line) + "\n" for line in lines)


asyncio.run(main())
