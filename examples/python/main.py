"""Follows the status of bot agents with `websockets` alone: pip install websockets, or apt install python3-websockets."""

import asyncio
import json
import os
import random
import sys
import time
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

import websockets

URL = os.environ.get("GATEWAY_URL", "http://127.0.0.1:4000/graphql")
TOKEN_URL = os.environ.get("TOKEN_URL", urljoin(URL, "/oauth/token"))
CLIENT = {"client_id": os.environ.get("CLIENT_ID", "my-bots"), "license": os.environ.get("LICENSE", "1")}

LONGEST_DELAY = 5
# After these a client that does the same again gets the same again.
FINAL = {1002, 1007, 1008, 1009, 4400, 4401, 4406, 4409}
TOO_MANY = 4429
# These codes end one stream and pass.
PASSING = {"SHUTTING_DOWN", "SLOW_CONSUMER", "OVERLOADED", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"}

CHANGES = """
subscription ($after: String) {
  botAgentStatusChanged(after: $after) {
    cursor
    botAgentId
    previousStatus
    status
    botAgent { name }
  }
}
"""

_token = {"access_token": "", "renew_at": 0.0}


def access_token():
    """A token that is valid for a while: a new one after four fifths of the time of the last one."""
    if time.time() < _token["renew_at"]:
        return _token["access_token"]
    form = urlencode({"grant_type": "client_credentials", **CLIENT}).encode()
    with urlopen(Request(TOKEN_URL, form), timeout=10) as response:
        answer = json.load(response)
    _token.update(access_token=answer["access_token"], renew_at=time.time() + answer["expires_in"] * 0.8)
    return _token["access_token"]


def request(query, variables=None):
    headers = {"Authorization": f"Bearer {access_token()}", "Content-Type": "application/json"}
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    with urlopen(Request(URL, body, headers), timeout=10) as response:
        answer = json.load(response)
    if answer.get("errors"):
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


def bots():
    """The list, page by page. The cursor of the first page says from where to follow."""
    found, cursor, after = {}, None, None
    while True:
        page = request(
            "query ($after: String) { botAgents(first: 2, after: $after) {"
            " cursor nodes { id name status } pageInfo { hasNextPage endCursor } } }",
            {"after": after},
        )["botAgents"]
        cursor = cursor or page["cursor"]
        found.update({bot["id"]: bot for bot in page["nodes"]})
        if not page["pageInfo"]["hasNextPage"]:
            return found, cursor
        after = page["pageInfo"]["endCursor"]


class StreamEnded(Exception):
    """A stream has ended for good."""


class Interrupted(Exception):
    """A stream has ended, and can be resumed."""

    def __init__(self, reason, wait=0):
        super().__init__(reason)
        self.wait = wait


async def connection(after):
    """The events of one connection."""
    try:
        async with websockets.connect(
            URL.replace("http", "ws", 1), subprotocols=["graphql-transport-ws"], open_timeout=10
        ) as socket:
            token = await asyncio.to_thread(access_token)
            await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "connection_ack":
                    payload = {"query": CHANGES, "variables": {"after": after}}
                    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                elif message["type"] == "ping":
                    await socket.send('{"type":"pong"}')
                elif message["type"] == "error":
                    raise ending(message["payload"])
                elif message["type"] == "next":
                    data, errors = message["payload"].get("data"), message["payload"].get("errors")
                    if not data and errors:
                        raise ending(errors)
                    yield data["botAgentStatusChanged"]
            raise Interrupted("The connection was closed")
    except websockets.ConnectionClosed as closed:
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "The connection broke")
        if code in FINAL:
            raise StreamEnded(reason) from closed
        raise Interrupted(reason, 60 if code == TOO_MANY else 0) from closed
    except (OSError, asyncio.TimeoutError, websockets.InvalidHandshake) as error:
        raise Interrupted(str(error)) from error


def ending(errors):
    """What the last message of a stream means."""
    extensions = errors[0].get("extensions", {})
    if extensions.get("code") in PASSING:
        return Interrupted(errors[0]["message"], extensions.get("retryAfter", 0))
    return StreamEnded(errors[0]["message"])


async def follow(after):
    """Each event once, over any number of connections."""
    failures = 0
    while True:
        try:
            async for change in connection(after):
                failures = 0
                if change["cursor"] != after:
                    yield change
                    after = change["cursor"]
        except Interrupted as interrupted:
            # At random, so that those who were cut off together do not come back together.
            delay = interrupted.wait + min(LONGEST_DELAY, 0.5 * 2**failures) * random.uniform(0.5, 1)
            failures += 1
            print(f"{interrupted}. Trying again in {delay:.1f} s.", file=sys.stderr, flush=True)
            await asyncio.sleep(delay)


async def main():
    me = request("{ viewer { clientId licenseId } }")["viewer"]
    print(f"I am {me['clientId']}, in license {me['licenseId']}", flush=True)

    listed, cursor = bots()
    created = request(
        'mutation { createBotAgent(input: { name: "Python’s bot", status: OFFLINE }) {'
        " botAgent { id name status } userErrors { message } } }"
    )["createBotAgent"]["botAgent"]
    listed[created["id"]] = created
    print(f"The list has {', '.join(bot['name'] for bot in listed.values())}", flush=True)

    try:
        async for change in follow(cursor):
            name = change["botAgent"]["name"] if change["botAgent"] else change["botAgentId"]
            print(f"{name}: {change['previousStatus'] or 'new'} → {change['status']}", flush=True)
    finally:
        if not isinstance(sys.exc_info()[1], StreamEnded):
            request(
                "mutation ($id: ID!) { removeBotAgent(input: { botAgentId: $id }) { botAgentId } }", {"id": created["id"]}
            )


try:
    asyncio.run(main())
except StreamEnded as ended:
    sys.exit(f"The stream has ended: {ended}")
except KeyboardInterrupt:
    pass
