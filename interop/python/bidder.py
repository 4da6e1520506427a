"""A bidder in Python for the table of interop/sidecarspeed_test.go: annotates bid requests over HTTP as uid2 serve does, as well as
the official SDK lets it.

Two processes accept from one socket, as one runs on one core only. What it knows of HTTP is what the load generator sends: a
framework would take more.
"""

import json
import os
import socket
import threading

import uid2_client as uid2

client = uid2.BidstreamClient(os.environ["UID2_BASE_URL"], os.environ["UID2_API_KEY"], os.environ["UID2_CLIENT_SECRET"])


def annotate(body):
    request = json.loads(body)
    domain = request["site"]["domain"]
    for eid in request["user"]["eids"]:
        if eid["source"] == "uidapi.com":
            for uid in eid["uids"]:
                answer = client.decrypt_token_into_raw_uid(uid["id"], domain)
                uid["ext"] = {"uid2": {"status": answer.status.value, "raw": answer.uid}}
    return json.dumps(request, separators=(",", ":")).encode()


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = connection.makefile("rb", 65536)
    while stream.readline():
        length = 0
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        answer = annotate(stream.read(length))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)


listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
if not client.refresh().success:
    raise SystemExit("no keys")
child = os.fork()
if child != 0:
    print("listening at %s:%d" % listener.getsockname(), flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
