"""Bodies that Bellhop takes: those of docs/api.md and of the files that it ships, as they are and with one place made strange. What is
made of the document's schemas alone seldom is a filter or a mailing, whose own grammar OpenAPI cannot say."""

import copy
import json
import re

from stage import ROOT

STRANGE = [
    None, True, False, "", " ", "\u0000", "'; DROP TABLE customers; --", "<script>alert(1)</script>", "=1+1", "a" * 5000,
    "\u202e\ud7ff\ufffd🎄", "{{ 7 * 7 }}", "{{ name", "{% for x in range(9) %}", "../../etc/passwd", "2026-02-30T00:00:00Z",
    "9999-12-31T23:59:59Z", "-0001-01-01T00:00:00Z", "2026-03-01T12:00:00+23:59", 0, -1, 1, 255, 65536, 2**31, 2**53, 2**63 - 1, -(2**63),
    2**64, 10**30, 0.1, -0.0, 1e308, 1e-308, [], {}, [[]], [None], {"": ""}, "c1", "1", "+79991000001", "http://127.0.0.1/", "sms",
]


def corpus():
    """What is sent by (method, path as it is asked for)."""
    found = []
    for block in re.findall(r"```http\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.DOTALL):
        head, _, body = block.partition("\n\n")
        method, path = head.splitlines()[0].split()
        if body.strip():
            found.append((method, path.split("?")[0], json.loads(body)))
    mailing = json.loads((ROOT / "docs/quick-start/come-back.json").read_text())
    found += [("POST", "/v1/mailings", mailing), ("PUT", "/v1/mailings/1", mailing)]
    for preset in sorted((ROOT / "programs/presets").glob("*.json")):
        definition = json.loads(preset.read_text())
        found += [("POST", "/v1/programs", definition), ("PUT", "/v1/programs/1", definition)]
    for clause in filters():
        for asked in ["count", "live", "sample"]:
            found.append(("POST", f"/v1/audience/{asked}", {"filter": clause}))
    return found + OTHERS


def filters():
    """The filters of docs/audience.md."""
    page = (ROOT / "docs/audience.md").read_text()
    for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
        try:
            yield json.loads(block)
        except ValueError:
            continue


ORGANISATION = {
    "slug": "default", "name": "My restaurants", "currency": "RUB", "timezone": "Europe/Moscow", "region": "RU", "locale": "ru", "attribution_hours": 72,
}
OTHERS = [
    ("PUT", "/v1/settings/restaurants/Arbat", {"document": {"organisation": "default", "name": "Arbat", "timezone": "Europe/Moscow"}}),
    ("POST", "/v1/settings/restaurants/Arbat/remove", {"version": 1}),
    ("POST", "/v1/settings/senders/sms/remove", {"version": 1}),
    ("POST", "/v1/mailings/1/duplicate", {}),
    ("POST", "/v1/mailings/1/duplicate", {"name": "Another"}),
    ("POST", "/v1/programs/1/off", {}),
    ("POST", "/v1/mailings/1/preview", {"customers": ["c1", "c2"]}),
    ("PUT", "/v1/settings/organisation", {"version": 1, "document": ORGANISATION}),
    ("PUT", "/v1/settings/organisation", {"version": 1, "dry_run": True, "document": {**ORGANISATION, "attribution_hours": 48}}),
    ("POST", "/v1/mailings/1/forecast", {"by": "2030-01-01T00:00:00Z"}),
    ("POST", "/v1/mailings/1/test-send", {"customers": ["c1"], "wait_seconds": 1}),
    ("POST", "/v1/mailings/1/launch", {"again": True}),
    ("PUT", "/v1/mailings/1/schedule", {"recurring": {"from": "2030-01-04", "rule": "FREQ=WEEKLY;BYDAY=FR", "time": "12:00", "zone": "Europe/Moscow"}}),
    ("POST", "/v1/programs/1/off", {"after_waiting": True}),
    ("POST", "/v1/runs/1/cancel", {}),
    ("POST", "/v1/webhooks", {"url": "https://loyalty.example/hook", "kinds": ["guest.tagged", "message.state"]}),
    ("POST", "/v1/webhooks/1/switch", {"enabled": False}),
    ("POST", "/v1/webhooks/1/rotate", {"hours": 24}),
    ("POST", "/v1/people/invitations", {"email": "new@brand.example", "role": "viewer"}),
    ("POST", "/v1/people/invitations", {"email": "near@brand.example", "role": "operator", "restaurants": ["Arbat"]}),
    ("PATCH", "/v1/people/1", {"role": "operator"}),
    ("PATCH", "/v1/people/1", {"restaurants": ["Arbat"]}),
    ("PATCH", "/v1/people/1", {"disabled": True}),
    ("POST", "/v1/keys", {"name": "till", "scopes": ["orders"]}),
    ("POST", "/v1/keys", {"name": "app", "kind": "app", "scopes": ["opens"], "ends_at": "2030-01-01T00:00:00Z"}),
    ("POST", "/v1/session", {"email": "administrator@brand.example", "password": "kettle on the roof"}),
    ("POST", "/v1/session/password", {"password": "kettle on the roof", "new_password": "kettle on the roof too"}),
    ("POST", "/v1/session/totp", {"password": "kettle on the roof"}),
]


def places(value, at=()):
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from places(one, (*at, key))


def made_strange(body, draw):
    """The body with one place that holds something else, lacks, or stands under another key."""
    body = copy.deepcopy(body)
    place = draw.choice(list(places(body)))
    if not place:
        return draw.choice(STRANGE)
    holder = body
    for key in place[:-1]:
        holder = holder[key]
    what, key = draw.randrange(8), place[-1]
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, dict):
        holder[f"{key}s"] = holder.pop(key)
    elif what == 2 and isinstance(holder, list):
        holder.extend(copy.deepcopy(holder) * draw.choice([1, 40]))
    else:
        holder[key] = copy.deepcopy(draw.choice(STRANGE))
    return body
