"""What schemathesis does beside generating requests, as its hooks: it asks in somebody's name, often about what there is, often with bodies
that Bellhop takes, and counts the answers."""

import atexit
import collections
import json
import os
import pathlib
import random
import re
import uuid
import zlib

import schemathesis

from bodies import corpus, made_strange
from stage import come_in, said_by

PLAY = json.loads(pathlib.Path(os.environ["BELLHOP_PLAY"]).read_text())
KNOWN = PLAY["known"]
CORPUS = corpus()
COUNTS = collections.Counter()
# Whoever did this each time would have to come in anew each time.
ENDS_THE_SESSION = {("DELETE", "/v1/session"), ("POST", "/v1/session/password")}


def draw_of(case):
    """The same request is made in the same way when it is made again: that is how schemathesis narrows a fault down."""
    said = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    return random.Random(zlib.crc32(said.encode(errors="replace")))


def fits(template, path):
    pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


@schemathesis.hook
def before_call(context, case, kwargs):
    draw = draw_of(case)
    for name in case.path_parameters or {}:
        if name in KNOWN and draw.random() < 0.6:
            case.path_parameters[name] = draw.choice(KNOWN[name])
    taken = [body for method, path, body in CORPUS if method == case.method and fits(case.path, path)]
    if taken and case.media_type == "application/json" and draw.random() < 0.6:
        body = draw.choice(taken)
        case.body = made_strange(body, draw) if draw.random() < 0.6 else body
    headers = dict(PLAY["headers"])
    if any(it.name.lower() == "if-match" for it in case.operation.headers) and draw.random() < 0.7:
        headers["If-Match"] = f'"{draw.randint(1, 3)}"'
    if (case.method, case.path) in ENDS_THE_SESSION and draw.random() < 0.9:
        headers.pop("X-CSRF-Token", None)
    # A cookie that was made up would stand in the place of the session's.
    cookie = headers.pop("Cookie", None)
    if cookie:
        name, _, value = cookie.partition("=")
        case.cookies = {name: value}
        # Whoever sends a key is judged by it, whatever cookie comes with it.
        if draw.random() < 0.95:
            case.headers.pop("Authorization", None)
    case.headers.update(headers)


@schemathesis.hook
def after_call(context, case, response):
    COUNTS[f"{case.method} {case.path} {response.status_code}"] += 1
    if response.status_code == 401 and any(code in response.text for code in PLAY["over"]):
        come_in_again()


def come_in_again():
    """Some requests log out, or revoke the very key that they bear."""

    def bellhop(*words):
        return said_by(PLAY["binary"], PLAY["folder"], os.environ, *words)

    if PLAY["email"]:
        PLAY["headers"] = come_in(PLAY["url"], json.loads(bellhop("user", "reset", PLAY["email"], "--json"))["link"])
    else:
        key = bellhop("api-key", "create", f"again-{uuid.uuid4()}", "--scopes", PLAY["scope"]).split()[0]
        PLAY["headers"] = {"Authorization": f"Bearer {key}"}


@atexit.register
def tell():
    pathlib.Path(PLAY["counts"]).write_text(json.dumps(COUNTS))
