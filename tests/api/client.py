"""A client that openapi-generator makes of docs/openapi.json does a brand's work on a real Bellhop: guests and orders in, a mailing out, its
figures read, and what webhooks tell verified by the library of Standard Webhooks.

Usage: client.py BELLHOP
"""

import datetime
import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from stage import ROOT, Stage, every_scope, free_ports, wait_for

CHECKED = []
GUESTS = 8


def check(what, is_so, told=""):
    CHECKED.append((what, is_so))
    print(f"  {'ok ' if is_so else 'NOT'} {what}" + ("" if is_so else f": {told}"), flush=True)


def generate(folder):
    """The client, as a package in the folder."""
    program = str(pathlib.Path(sys.executable).with_name("openapi-generator-cli"))
    command = [program, "generate", "--generator-name", "python", "--input-spec",
               str(ROOT / "docs/openapi.json"), "--output", str(folder), "--additional-properties",
               "packageName=bellhop_client,disallowAdditionalPropertiesIfNotPresent=false"]
    it = subprocess.run(command, capture_output=True, text=True)
    if it.returncode or not (folder / "bellhop_client").is_dir():
        raise SystemExit(f"openapi-generator ended with {it.returncode}:\n{(it.stdout + it.stderr)[-3000:]}")
    sys.path.insert(0, str(folder))


class Receiver(http.server.ThreadingHTTPServer):
    """A brand's own system, which keeps what it is told as it came."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Takes)
        self.calls = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Takes(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def is_signed(secret, call, change=None):
    headers, body = call
    headers = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(secret).verify(change(body) if change else body, headers)
    except WebhookVerificationError:
        return False
    return True


def work(api, models, receiver, url):
    """What a program of the brand's does, step by step."""
    now = datetime.datetime.now(datetime.timezone.utc)
    hook = api.post_v1_webhooks(models.NewWebhook(url=url, kinds=["guest.tagged", "consent.changed", "message.state"]))
    check("a webhook is made, and its secret shown", hook.secret.startswith("whsec_"), hook)

    for n in range(GUESTS):
        card = models.GuestCard(name=f"Guest {n}", phones=[f"+7999200{n:04d}"])
        written = api.put_v1_guests_customer_id(f"new-{n}", card)
        check(f"guest new-{n} is written", written.created, written)
        word = models.ConsentWord(customer_id=f"new-{n}", purpose="marketing", given=True, how="the client")
        check("and has consented", "sms" in api.post_v1_consents(word).allowed)
    # The generator names the type of amounts by where it has met it first.
    money = models.Order.model_fields["total"].annotation
    orders = [
        models.Order(order_id=f"new-o-{n}", customer_id=f"new-{n}", placed_at=now - datetime.timedelta(days=40 + n), status="delivered",
                     total=money("1250.50"), restaurant="Arbat",
                     items=[models.Item(dish="Margherita", quantity=1, price=money(1250.5))])
        for n in range(GUESTS)
    ]
    written = api.post_v1_orders(models.Orders(orders=orders))
    check("their orders are in", written.created == GUESTS, written)
    again = api.post_v1_orders(models.Orders(orders=orders))
    check("and sent again change nothing", (again.created, again.unchanged) == (0, GUESTS), again)
    guest = api.get_v1_guests_customer_id("new-0")
    check("a guest has their order", (guest.orders, guest.home_restaurant) == (1, "Arbat"), guest)
    tagged = api.post_v1_guests_customer_id_tags("new-0", models.TagChange(set=["vip"]))
    check("a guest is tagged", [tag.name for tag in tagged.tags] == ["vip"], tagged)

    question = models.AudienceQuestion(filter=FILTER)
    count = api.post_v1_audience_count(question).count
    check("an audience is counted", count >= GUESTS, count)
    return hook, count


FILTER = {"retention": ["lost"]}


def send(api, models, count):
    file = {
        "name": "Come back",
        "audience": FILTER,
        "contents": {"sms": {"text": "Dear [name|guest], 20 % off: {link}"}},
        "link": "https://example.com/back",
        "waterfall": [{"channel": "sms"}],
        "expires_after_minutes": 60,
    }
    made = api.post_v1_mailings(file, idempotency_key="client-1")
    check("a mailing is made once", api.post_v1_mailings(file, idempotency_key="client-1").id == made.id, made)
    found = api.post_v1_mailings_id_check(str(made.id))
    check("its check finds the same audience", found.audience.planned <= count, found)
    run = api.post_v1_mailings_id_launch(str(made.id), models.LaunchRequest(), idempotency_key="client-2")
    check("it is launched", run.mailing == made.id, run)

    def finished():
        it = api.get_v1_runs_id(str(run.run))
        return it if it.state == "finished" else None

    end = wait_for("the end of the run", finished, 120)
    check("it has run to its end", end.planned > 0, end)
    figures = api.get_v1_mailings_id_statistics(str(made.id))
    check("its statistics are read, and agree with its run", figures["planned"] == end.planned, figures)
    listed = api.get_v1_mailings(state="finished")
    check("it is found among those that are finished", made.id in [it.id for it in listed.mailings], listed)
    return made


def on_demand(api, models):
    file = {
        "name": "Login code",
        "purpose": "code",
        "on_demand": {"values": ["code"]},
        "contents": {"sms": {"text": "Your code: {{ code }}"}},
        "waterfall": [{"channel": "sms"}],
        "expires_after_minutes": 10,
    }
    made = api.post_v1_mailings(file)
    run = api.post_v1_mailings_id_launch(str(made.id), models.LaunchRequest()).run
    wait_for("the launch", lambda: api.get_v1_runs_id(str(run)).state == "running")
    message = models.Message(mailing=made.id, request_id="login-1", customer_id="new-1", values={"code": "4711"})
    first, second = api.post_v1_messages(message), api.post_v1_messages(message)
    check("a code is sent once, however often it is asked for", (first.first, second.first) == (True, False), (first, second))
    return first.message_id


def refusals(client, api, models):
    def refused(what, status, code, call):
        try:
            call()
        except client.ApiException as error:
            told = json.loads(error.body)
            check(what, (error.status, told["code"]) == (status, code), told)
        else:
            check(what, False, "it was taken")

    refused("a mailing that is none is refused with its place", 422, "some_unusable", lambda: api.post_v1_mailings({"name": "x", "audience": {"nobody": []}}))
    refused("what is not there is not found", 404, "not_here", lambda: api.get_v1_mailings_id("4711"))
    file = {"name": "Another", "audience": {"all": []}, "contents": {"sms": {"text": "x"}}, "waterfall": [{"channel": "sms"}]}
    made = api.post_v1_mailings(file)
    api.put_v1_mailings_id(str(made.id), '"1"', {**file, "name": "Changed"})
    refused("who has read an older version is shown what is there", 412, "mailing_moved", lambda: api.put_v1_mailings_id(str(made.id), '"1"', file))


def webhooks(receiver, hook, message):
    def told(kind, **data):
        for call in list(receiver.calls):
            it = json.loads(call[1])
            if it["type"] == kind and all(it["data"].get(key) == value for key, value in data.items()):
                return call
        return None

    tagged = wait_for("the webhook of a tag", lambda: told("guest.tagged", customer_id="new-0"))
    state = wait_for("the webhook of a message", lambda: told("message.state", message_id=message))
    consent = wait_for("the webhook of a consent", lambda: told("consent.changed", customer_id="new-0"))
    for what, call in [("a tag", tagged), ("a message", state), ("a consent", consent)]:
        check(f"the webhook of {what} is signed, by the library of Standard Webhooks", is_signed(hook.secret, call), call)
    check("one that was changed on its way is not", not is_signed(hook.secret, tagged, lambda body: body.replace(b"vip", b"VIP")))
    check("nor is one by another secret", not is_signed("whsec_" + "QUJD" * 8, tagged))
    check("every call that came is signed", all(is_signed(hook.secret, call) for call in receiver.calls), len(receiver.calls))


def main(bellhop):
    port = free_ports("hook")["hook"]
    with tempfile.TemporaryDirectory(prefix="bellhop-client-") as folder:
        generate(pathlib.Path(folder))
        import bellhop_client as client

        receiver = Receiver(port)
        with Stage(bellhop, webhook_host=f"127.0.0.1:{port}") as stage:
            settings = client.Configuration(host=stage.url, access_token=stage.key("client", every_scope()))
            api, models = client.DefaultApi(client.ApiClient(settings)), client
            hook, count = work(api, models, receiver, f"http://127.0.0.1:{port}/bellhop")
            send(api, models, count)
            message = on_demand(api, models)
            refusals(client.exceptions, api, models)
            webhooks(receiver, hook, message)
        receiver.shutdown()
    bad = [what for what, is_so in CHECKED if not is_so]
    print(f"proof-client: {len(CHECKED) - len(bad)} of {len(CHECKED)} claims hold; {len(receiver.calls)} webhooks came")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
