"""People log in to a real Bellhop by a real provider of OpenID Connect, as a browser would: who is known comes in, and nobody else.

Usage: oidc.py BELLHOP dex FILE        Dex, as dex.sh builds it
       oidc.py BELLHOP node FOLDER     oidc-provider, as `npm ci` installs it in a copy of provider/
"""

import contextlib
import html
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

from stage import Stage, ask, cookie_jar, free_ports, wait_for

# Dex' own example: the hash of the word `password`.
HASH = "$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W"
SECRET = "s3cret:% of the client"
KNOWN, UNVERIFIED, STRANGER = "anna@brand.example", "vera@brand.example", "eve@evil.example"


class Dex:
    """Dex with three people, one of whose e-mails nobody has verified."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.issuer = f"http://127.0.0.1:{free_ports('dex')['dex']}/dex"

    def command(self, back):
        people = [
            {"email": email, "emailVerified": email != UNVERIFIED, "hash": HASH, "username": email.split("@")[0], "userID": str(n)}
            for n, email in enumerate([KNOWN, UNVERIFIED, STRANGER], 1)
        ]
        settings = {
            "issuer": self.issuer,
            "storage": {"type": "memory"},
            "web": {"http": self.issuer.split("/")[2]},
            "oauth2": {"skipApprovalScreen": True},
            "staticClients": [{"id": "bell hop", "secret": SECRET, "name": "Bellhop", "redirectURIs": [back]}],
            "enablePasswordDB": True,
            "staticPasswords": people,
        }
        # JSON is YAML.
        (self.folder / "dex.yaml").write_text(json.dumps(settings))
        return [self.program, "serve", str(self.folder / "dex.yaml")]


class OfNode:
    """oidc-provider, which takes any password."""

    def __init__(self, program, _):
        self.program, self.port = program, free_ports("provider")["provider"]
        self.issuer = f"http://127.0.0.1:{self.port}"

    def command(self, back):
        return ["node", f"{self.program}/provider.mjs", str(self.port), back, SECRET, UNVERIFIED]


PROVIDERS = {"dex": Dex, "node": OfNode}


@contextlib.contextmanager
def running(provider, back, folder):
    with open(folder / "provider.log", "w") as log:
        process = subprocess.Popen(provider.command(back), stdout=log, stderr=log)
        try:
            wait_for("the provider", lambda: ask(f"{provider.issuer}/.well-known/openid-configuration")[0] == 200)
            yield
        finally:
            process.terminate()
            process.wait(20)


class Browser:
    """Keeps cookies, and says where each answer leads."""

    def __init__(self, bellhop):
        self.bellhop, self.jar = bellhop, cookie_jar()

    def go(self, return_to="/"):
        """Where Bellhop sends whoever wants to log in."""
        query = urllib.parse.urlencode({"return_to": return_to})
        status, headers, text = ask(f"{self.bellhop}/v1/session/oidc?{query}", jar=self.jar)
        expect(status == 303, f"the way there begins: {status} {text}")
        return headers["Location"]

    def log_in_there(self, url, email):
        """The address at Bellhop to which the provider sends back whoever has logged in there."""
        for _ in range(20):
            if url.startswith(self.bellhop):
                return url
            status, headers, text = ask(url, jar=self.jar)
            if status == 200:
                form = re.search(r'<form[^>]*action="([^"]*)"', text)
                expect(form is not None, f"there is a form: {text[:300]}")
                url = urllib.parse.urljoin(url, html.unescape(form.group(1)))
                body = urllib.parse.urlencode({**hidden(text), "login": email, "password": "password"}).encode()
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                status, headers, text = ask(url, "POST", body, kind, self.jar)
            expect(status in (302, 303), f"the provider leads on: {status} {text[:300]}")
            url = urllib.parse.urljoin(url, headers["Location"])
        raise SystemExit("the provider leads in a circle")

    def back(self, url):
        """Status, where it leads, and the code of a refusal."""
        status, headers, _ = ask(url, jar=self.jar)
        return status, headers["Location"] or headers["bellhop-code"]

    def me(self):
        status, _, text = ask(f"{self.bellhop}/v1/session", jar=self.jar)
        return json.loads(text)["person"]["email"] if status == 200 else status


CHECKED = []


def hidden(text):
    """What a form sends back as it is."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', text)
    pairs = [[re.search(f'{name}="([^"]*)"', it) for name in ("name", "value")] for it in inputs]
    return {name.group(1): html.unescape(value.group(1)) for name, value in pairs if name and value}


def expect(true, what):
    if not true:
        raise SystemExit(f"NOT SO: {what}")


def check(what, is_so, told):
    CHECKED.append((what, is_so))
    print(f"  {'ok ' if is_so else 'NOT'} {what}" + ("" if is_so else f": {told}"), flush=True)


def with_query(url, **changes):
    parts = urllib.parse.urlsplit(url)
    pairs = {**dict(urllib.parse.parse_qsl(parts.query)), **changes}
    return urllib.parse.urlunsplit(parts._replace(query=urllib.parse.urlencode(pairs)))


def refused(what, answer, browser, code):
    status = 403 if code == "oidc_unknown" else 400
    check(what, (answer, browser.me()) == ((status, code), 401), (answer, browser.me()))


def play(url, stage):
    def browser():
        return Browser(url)

    anna = browser()
    url_back = anna.log_in_there(anna.go("/console/mailings"), KNOWN)
    answer = anna.back(url_back)
    check("whom somebody has invited comes in, where she wanted to go", answer == (303, "/console/mailings"), answer)
    check("she is the person of that e-mail", anna.me() == KNOWN, anna.me())

    answer = browser().back(url_back)
    check("her way back in another browser leads nowhere", answer == (400, "oidc_broken"), answer)
    again = browser()
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url_back).query))["code"]
    own = again.log_in_there(again.go(), KNOWN)
    refused("nor does her code with the state of another browser", again.back(with_query(own, code=code)), again, "oidc_broken")

    eve = browser()
    bound = with_query(eve.go(), nonce="0" * 64)
    refused("a token with another nonce is for another login", eve.back(eve.log_in_there(bound, KNOWN)), eve, "oidc_broken")
    eve = browser()
    changed = with_query(eve.log_in_there(eve.go(), KNOWN), state="0" * 64)
    refused("another state is refused", eve.back(changed), eve, "oidc_broken")
    eve = browser()
    used = eve.log_in_there(eve.go(), KNOWN)
    kept = cookie_jar()
    for cookie in eve.jar:
        kept.set_cookie(cookie)
    check("a way is gone to its end", eve.back(used)[0] == 303, eve.me())
    replay = browser()
    replay.jar = kept
    refused("and not once more, even with its cookie kept", replay.back(used), replay, "oidc_broken")
    other = browser()
    challenged = with_query(other.go(), code_challenge="A" * 43)
    refused("a code without its verifier is worth nothing", other.back(other.log_in_there(challenged, KNOWN)), other, "oidc_broken")

    vera = browser()
    refused("an e-mail that the provider has not verified is nobody's", vera.back(vera.log_in_there(vera.go(), UNVERIFIED)), vera, "oidc_broken")
    stranger = browser()
    back = stranger.log_in_there(stranger.go(), STRANGER)
    refused("whom nobody has invited stays out", stranger.back(back), stranger, "oidc_unknown")
    fooled = browser()
    answer = fooled.back(fooled.log_in_there(fooled.go("https://evil.example/"), KNOWN))
    check("the way ends at home, wherever it was to lead", answer == (303, "/"), answer)

    stage.bellhop("user", "disable", KNOWN)
    check("whoever is disabled is out at once", anna.me() == 401, anna.me())
    out = browser()
    refused("and does not come in again", out.back(out.log_in_there(out.go(), KNOWN)), out, "oidc_unknown")
    return stage.log("up")


def main(bellhop, kind, program):
    with tempfile.TemporaryDirectory(prefix="provider-") as folder:
        provider = PROVIDERS[kind](program, pathlib.Path(folder))
        section = f'\n[oidc]\nissuer = "{provider.issuer}"\nclient_id = "bell hop"\nclient_secret = {{ env = "OIDC_SECRET" }}\n'
        stage = Stage(bellhop, section)
        stage.environment["OIDC_SECRET"] = SECRET
        with stage, running(provider, f"{stage.url}/v1/session/oidc/callback", pathlib.Path(folder)):
            stage.person(KNOWN, "marketer")
            stage.person(UNVERIFIED, "administrator")
            log = play(stage.url, stage)
    for why in ["for another login", "not verified", "the state is another"]:
        check(f"the operator's log says: {why}", why in log, "it does not")
    bad = [what for what, is_so in CHECKED if not is_so]
    print(f"proof-oidc, by {kind}: {len(CHECKED) - len(bad)} of {len(CHECKED)} claims hold")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[2] not in PROVIDERS:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
