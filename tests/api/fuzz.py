"""schemathesis asks every route of a real Bellhop all that docs/openapi.json allows and much that it does not: with a key of each scope, in a
session of each role, and as nobody. No answer may be a server's error, and each must be one that the document has, in its form.

Usage: fuzz.py BELLHOP [SECONDS [CALLER…]]
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from stage import GUESTS, RESTAURANTS, ROLES, ROOT, Stage, ask, every_scope, wait_for

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
          "response_schema_conformance"]
# Of its programs, webhooks and mailings one is made before; ids are numbers from 1.
MAILING = json.loads((ROOT / "docs/quick-start/come-back.json").read_text())


class Caller:
    def __init__(self, name, scope=None, role=None, restaurants=()):
        self.name, self.scope, self.role, self.restaurants = name, scope, role, restaurants
        self.share = 2 if role else 1

    def operations(self, document):
        """What is worth this caller's time. Who is refused elsewhere is a test's business: roles.rs and permissions.rs."""
        for path, verbs in document["paths"].items():
            for verb, it in verbs.items():
                security = it.get("security", [])
                own = any(self.scope in one.get("key", []) for one in security) if self.scope else True
                own = not security if self.name == "nobody" else own
                if own and not is_a_stream(it):
                    yield path, verb, it


def is_a_stream(operation):
    """An answer that does not end is no answer to wait for."""
    return any("text/event-stream" in it.get("content", {}) for it in operation["responses"].values())


def callers():
    keys = [Caller(f"a key with {scope}", scope=scope) for scope in every_scope()]
    people = [Caller(f"a session of a {role}", role=role) for role in ROLES]
    limited = Caller("a session of an operator of one restaurant", role="operator", restaurants=RESTAURANTS[:1])
    return [*keys, *people, limited, Caller("nobody")]


def furnish(stage):
    """Things to ask about: a mailing that ran, a program, a webhook with deliveries, tags, and their ids."""
    key = {"Authorization": f"Bearer {stage.key('furnisher', every_scope())}"}

    def done(method, path, body):
        status, _, text = ask(stage.url + path, method, body, key)
        if status not in (200, 201):
            raise SystemExit(f"{method} {path}: {status} {text}")
        return json.loads(text)

    done("POST", "/v1/webhooks", {"url": "https://loyalty.example/hook", "kinds": ["guest.tagged", "message.state"]})
    done("POST", "/v1/mailings", MAILING)
    done("POST", "/v1/mailings", {**MAILING, "name": "A draft"})
    done("POST", "/v1/mailings/1/launch", {})
    done("POST", "/v1/programs", json.loads((ROOT / "programs/presets/abandoned-cart.json").read_text()))
    done("POST", "/v1/guests/c1/tags", {"set": ["vip"]})
    done("POST", "/v1/people/invitations", {"email": "waiting@brand.example", "role": "viewer"})
    page = done("GET", "/v1/guests/c1/page", None)

    def messages_of_the_run():
        return [json.loads(line) for line in stage.bellhop("message", "list", "--mailing", "1", "--json").splitlines()]

    messages = wait_for("the messages of the run", messages_of_the_run)
    return {
        "id": ["1", "2", "3"],
        "customer_id": [f"c{n}" for n in (1, 2, 3, GUESTS)],
        "restaurant": RESTAURANTS,
        "sender": ["sms", "app"],
        "organisation": ["default"],
        "guest": [next(iter(page.values())).rsplit("/", 1)[-1]],
        "token": [it["message"] for it in messages[:3]],
        "button": ["0", "1"],
    }


def play(binary, caller, seconds, out):
    """Lets schemathesis ask in the caller's name; how it ended, what it said, and how often each answer came."""
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    own = list(caller.operations(document))
    document["paths"] = collections.defaultdict(dict)
    for path, verb, it in own:
        document["paths"][path][verb] = it
    out.mkdir(parents=True, exist_ok=True)
    (out / "openapi.json").write_text(json.dumps(document))
    with Stage(binary) as stage:
        known = furnish(stage)
        email = f"{caller.role}@brand.example" if caller.role else None
        headers = {}
        if caller.role:
            headers = stage.person(email, caller.role, caller.restaurants)
        elif caller.scope:
            headers = {"Authorization": f"Bearer {stage.key('asker', [caller.scope])}"}
        over = {"role": ["not_logged_in"], "scope": ["api_key_unknown"]}
        plays = {
            "headers": headers, "known": known, "email": email, "scope": caller.scope, "counts": str(out / "counts.json"),
            "over": over["role"] if caller.role else over["scope"] if caller.scope else [],
            "binary": stage.binary, "folder": str(stage.folder), "url": stage.url,
        }
        (out / "play.json").write_text(json.dumps(plays))
        environment = {**stage.environment, "BELLHOP_PLAY": str(out / "play.json"), "SCHEMATHESIS_HOOKS": "asker",
                       "PYTHONPATH": str(HERE), "NO_COLOR": "1", "COLUMNS": "200"}
        # Every round draws otherwise; SEED=n draws as it did then.
        seed = os.environ.get("SEED") or str(int(time.time()))
        # A key's document has its own routes only, and lacks the other methods of a path.
        checks = CHECKS if caller.scope or caller.name == "nobody" else [*CHECKS, "allow_header_conformance"]
        command = [str(pathlib.Path(sys.executable).with_name("schemathesis")), "run", str(out / "openapi.json"), "--url", stage.url,
                   "--checks", ",".join(checks), "--max-time", str(seconds), "--request-timeout", "35", "--seed", seed,
                   "--continue-on-failure", "--workers", "1", "--suppress-health-check", "all", "--warnings", "off", "--max-examples", "400"]
        it = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, timeout=seconds * 3 + 300)
        (out / "said.txt").write_text(it.stdout + it.stderr)
        (out / "up.log").write_text(stage.log("up"))
        lived = stage.processes[-1].poll() is None
    counts = json.loads((out / "counts.json").read_text()) if (out / "counts.json").exists() else {}
    return it.returncode, it.stdout + it.stderr, counts, lived, own


def main(binary, seconds=1800, *names):
    chosen = [it for it in callers() if not names or any(name in it.name for name in names)]
    unit = int(seconds) / sum(it.share for it in chosen)
    total, answered, bad, asked = collections.Counter(), set(), [], set()
    for caller in chosen:
        out = pathlib.Path(os.environ.get("OUT", "target/proof-api")).resolve() / re.sub(r"\W+", "-", caller.name)
        began = time.monotonic()
        code, said, counts, lived, own = play(binary, caller, max(10, int(unit * caller.share)), out)
        for what, number in counts.items():
            method, path, status = what.rsplit(" ", 2)
            total[status] += number
            if status == "405":
                continue
            asked.add((method, path))
            if status < "400":
                answered.add((method, path))
        panics = re.findall(r"panicked at.*", (out / "up.log").read_text())
        good = code == 0 and lived and not panics and counts
        if not good:
            bad.append(caller.name)
        print(f"  {'ok ' if good else 'NOT'} {caller.name}: {sum(counts.values())} requests at {len(own)} operations in "
              f"{time.monotonic() - began:.0f} s" + ("" if good else f"; see {out}/said.txt"), flush=True)
        if not good:
            print(said[said.find("FAILURES"):][:6000], *panics[:5], sep="\n", flush=True)
    print("  answers: " + ", ".join(f"{status}: {number}" for status, number in sorted(total.items())))
    never = sorted(asked - answered)
    print(f"  {len(asked)} operations were asked, {len(answered)} of them answered by a success at least once"
          + (f"; never: {', '.join(' '.join(it) for it in never)}" if never else ""))
    print(f"proof-api: {sum(total.values())} requests by {len(chosen)} callers, {len(bad)} of them met a fault")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
