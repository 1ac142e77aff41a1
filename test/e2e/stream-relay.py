#!/usr/bin/env python3
"""Stands between Cyrus and belfry on a stream: writes down every request with its answer.

  stream-relay.py LISTEN FORWARD RECORD

Connects to FORWARD for each connection to LISTEN, passes everything on in both directions, and appends a line of JSON to
RECORD when the connection is over: {"request", "answer"} in base64. Says "ready" once it listens. Ends on SIGTERM.
"""
import asyncio
import base64
import json
import os
import signal
import sys

listen, forward, record = sys.argv[1:]


async def copy(reader, writer, seen):
    while data := await reader.read(1 << 16):
        seen.extend(data)
        writer.write(data)
        await writer.drain()


async def serve(client_reader, client_writer):
    reader, writer = await asyncio.open_unix_connection(forward)
    request, answer = bytearray(), bytearray()
    back = asyncio.create_task(copy(reader, client_writer, answer))
    try:
        await copy(client_reader, writer, request)
    except ConnectionError:
        pass
    writer.close()
    back.cancel()
    client_writer.close()
    encoded = [base64.b64encode(one).decode("ascii") for one in (request, answer)]
    with open(record, "a") as book:
        book.write(json.dumps({"request": encoded[0], "answer": encoded[1]}) + "\n")


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


asyncio.run(main())
