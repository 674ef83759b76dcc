"""A real Bellhop on one SQLite file with a small made-up base, its simulator, people of each role and keys: what the proofs of the
API stand on."""

import contextlib
import datetime
import http.cookiejar
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = 60
RESTAURANTS = ["Arbat", "Sokol"]
ROLES = ["administrator", "marketer", "operator", "viewer"]
PASSWORD = "kettle on the roof"
# What somebody would call themselves who tries what a page or a spreadsheet does with it.
NAMES = ["Anna", "Иван", "<script>alert(1)</script>", "=1+1", "O'Neil \"Bob\" & Co", "Ёлка 🎄"]


def free_ports(*names):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return {name: it.getsockname()[1] for name, it in zip(names, sockets, strict=True)}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(url, method="GET", body=None, headers=None, jar=None):
    """An answer, whatever its status, as (status, headers, text). Redirects are not followed."""
    handlers = [NoRedirects()] + ([urllib.request.HTTPCookieProcessor(jar)] if jar is not None else [])
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=40) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode(errors="replace")


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            it = condition()
            if it:
                return it
        if time.monotonic() > end:
            raise SystemExit(f"waited in vain for: {what}")
        time.sleep(0.1)


def said_by(binary, folder, environment, *words):
    it = subprocess.run([binary, *words], cwd=folder, env=environment, capture_output=True, text=True)
    if it.returncode:
        raise SystemExit(f"bellhop {' '.join(words)} ended with {it.returncode}:\n{it.stderr[-2000:]}")
    return it.stdout


def come_in(url, link):
    """The headers of a browser in which somebody has come in by their link."""
    token = link.rsplit("/", 1)[-1]
    status, headers, text = ask(f"{url}/v1/invitations/{token}", "POST", {"name": "Somebody", "password": PASSWORD})
    if status != 200:
        raise SystemExit(f"an invitation was answered by {status}: {text}")
    return {"Cookie": headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": json.loads(text)["csrf"]}


class Stage:
    """A folder with Bellhop and its simulator. `more` is added to the configuration; `{url}` in it is Bellhop's address."""

    def __init__(self, binary, more="", webhook_host=None):
        self.binary, self.processes = str(pathlib.Path(binary).resolve()), []
        self.kept = tempfile.TemporaryDirectory(prefix="bellhop-api-")
        self.folder = pathlib.Path(self.kept.name)
        self.ports = free_ports("api", "operations", "fcm", "sms", "admin")
        self.url = f"http://127.0.0.1:{self.ports['api']}"
        self.environment = {**os.environ, "BELLHOP_CONFIG": str(self.folder / "bellhop.toml"), "SETTINGS_KEY": "5e" * 32}
        (self.folder / "bellhop.toml").write_text(self.configuration(webhook_host) + more.replace("{url}", self.url))
        (self.folder / "password").write_text("secret")

    def configuration(self, webhook_host):
        text = (ROOT / "docs/quick-start/bellhop.toml").read_text()
        for shipped, own in [(8030, "fcm"), (8031, "sms"), (8039, "admin"), (8080, "api")]:
            text = text.replace(f"127.0.0.1:{shipped}", f"127.0.0.1:{self.ports[own]}")
        head = f"""[http]
listen = "127.0.0.1:{self.ports['api']}"
operations_listen = "127.0.0.1:{self.ports['operations']}"
public_url = "{self.url}"
[settings]
keys = [{{ env = "SETTINGS_KEY" }}]
"""
        if webhook_host:
            head += f'[dispatcher]\nwebhook_test_hosts = ["{webhook_host}"]\n'
        return head + text

    def bellhop(self, *words):
        return said_by(self.binary, self.folder, self.environment, *words)

    def start(self, name, *command):
        log = open(self.folder / f"{name}.log", "a")
        self.processes.append(subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log))

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def key(self, name, scopes):
        return self.bellhop("api-key", "create", name, "--scopes", ",".join(scopes)).split()[0]

    def person(self, email, role, restaurants=()):
        """The headers of a browser in which somebody new is logged in."""
        more = ["--restaurants", ",".join(restaurants)] if restaurants else []
        return come_in(self.url, json.loads(self.bellhop("user", "invite", email, "--role", role, "--json", *more))["link"])

    def __enter__(self):
        try:
            self.environment["BELLHOP__SIMULATOR__PEOPLE__API_KEY"] = self.key("simulator", ["opens", "orders", "events"])
            self.bring_in_guests()
            self.start("simulator", self.binary, "simulator")
            wait_for("the simulator's account", (self.folder / "firebase.json").exists)
            self.start("up", self.binary, "up")
            wait_for("Bellhop", lambda: ask(f"{self.url}/healthz")[0] == 200)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for it in self.processes:
            it.terminate()
        for it in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                it.wait(30)
            it.kill()
        self.kept.cleanup()

    def bring_in_guests(self):
        def quoted(text):
            return '"' + text.replace('"', '""') + '"'

        def guest(n):
            token = f"token-{n}" if n % 3 else ""
            return f"c{n},{quoted(NAMES[n % len(NAMES)])},+7999100{n:04d},{token},{'yes' if n % 5 else 'no'}"

        def order(n):
            at = datetime.date.today() - datetime.timedelta(days=5 + 2 * n)
            return f"o{n},c{n},{at} 12:00,{500 + n},{RESTAURANTS[n % 2]},delivered"

        numbers = range(1, GUESTS + 1)
        guests = ["customer_id,name,phone,fcm_token,marketing_consent", *map(guest, numbers)]
        orders = ["order_id,customer_id,placed_at,total,restaurant,status", *map(order, numbers)]
        (self.folder / "guests.csv").write_text("\n".join(guests))
        (self.folder / "orders.csv").write_text("\n".join(orders))
        self.bellhop("import", "customers", "guests.csv")
        self.bellhop("import", "orders", "orders.csv")


def every_scope():
    """The scopes that the document names."""
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    said = document["components"]["securitySchemes"]["key"]["description"]
    return re.findall(r"^`(\w+)`:", said, re.MULTILINE)


def cookie_jar():
    return http.cookiejar.CookieJar()
