"""pywa, a WhatsApp library of other hands: it sends to the simulated Graph API and reads its webhooks.

  meta.py API_URL ADMIN_URL HOOK_PORT     with the simulator's own numbers and secrets
"""

import http.server
import sys
import threading
import time

import httpx
from pywa import WhatsApp, errors, utils
from pywa.types.templates import BodyText, TemplateLanguage, URLButton

from told import check, checked, raises, say

api, admin, hook_port = sys.argv[1], sys.argv[2], int(sys.argv[3])
NUMBER, ACCOUNT = "106540352242922", "102290129340398"
GUEST, STRANGER = "79990007700", "79990007701"

wa = WhatsApp(
    phone_id=NUMBER,
    token="sim-access-token",
    waba_id=ACCOUNT,
    app_secret="sim-app-secret",
    verify_token="peer",
    session=httpx.Client(timeout=20),
)
wa.api._session.base_url = f"{api}/v25.0"

calls, forged, troubles, messages, statuses = [], [], [], [], []


@wa.on_message()
def on_message(_, message):
    messages.append(message)


@wa.on_message_status()
def on_status(_, status):
    statuses.append(status)


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = wa.webhook_update_validator(body, self.headers.get(utils.HUB_SIG))
        if refused:
            forged.append(body)
        else:
            calls.append(body)
            read = len(messages) + len(statuses)
            try:
                wa.webhook_update_handler(body)
            except Exception as error:  # noqa: BLE001: a call that the library cannot read is what is looked for
                troubles.append(f"{type(error).__name__}: {error}: {body[:400]}")
            if len(messages) + len(statuses) == read:
                troubles.append(f"not read: {body[:400]}")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", hook_port), Hook)
threading.Thread(target=server.serve_forever, daemon=True).start()


def wait(holds, seconds=20):
    deadline = time.time() + seconds
    while not holds() and time.time() < deadline:
        time.sleep(0.02)
    return holds()


def writes(**message):
    answer = httpx.post(f"{admin}/_sim/whatsapp/inbound", json=message, timeout=20)
    return answer.raise_for_status().json()["id"]


def template(to):
    return wa.send_template(
        to=to,
        name="come_back",
        language=TemplateLanguage.RUSSIAN,
        params=[BodyText.params("Анна", "пицца"), URLButton.params(url_variable="peer", index=0)],
        tracker="peer-1",
    )


def listed():
    found = list(wa.get_templates())
    return [(one.name, bool(one.id)) for one in found] == [("come_back", True)], [one.name for one in found]


checked("its list of templates", listed)
raises("a text outside the window", errors.ReEngagementMessage, lambda: wa.send_message(to=STRANGER, text="hi"))
raises("a template that is not there", errors.TemplateNotExists,
       lambda: wa.send_template(to=STRANGER, name="no_such", language=TemplateLanguage.RUSSIAN, params=[]))
checked("a template in its own form", lambda: template(GUEST).id.startswith("wamid."))
checked("each status is read, with whom it is about", lambda: wait(
    lambda: {"sent", "delivered", "read"} <= {str(one.status.value) for one in statuses}
    and all(one.from_user.bsuid and one.from_user.wa_id == GUEST and one.tracker == "peer-1" for one in statuses)
))

WRITTEN = [
    {"text": "Привет 🍕"},
    {"type": "image", "image": {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "c"}},
    {"type": "video", "video": {"id": "2", "mime_type": "video/mp4", "sha256": "x"}},
    {"type": "audio", "audio": {"id": "3", "mime_type": "audio/ogg; codecs=opus", "sha256": "x", "voice": True}},
    {"type": "document", "document": {"id": "4", "mime_type": "application/pdf", "sha256": "x", "filename": "a.pdf"}},
    {"type": "sticker", "sticker": {"id": "5", "mime_type": "image/webp", "sha256": "x", "animated": False}},
    {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
    {"type": "location", "location": {"latitude": 55.7, "longitude": 37.6}},
    {"type": "contacts", "contacts": [{"name": {"formatted_name": "A", "first_name": "A"}, "phones": [{"phone": "1"}]}]},
]


def read_all():
    ids = [writes(**{"from": GUEST, "name": "Анна", **one}) for one in WRITTEN]
    wait(lambda: len(messages) >= len(ids))
    named = all(one.from_user.bsuid and one.from_user.wa_id == GUEST and one.from_user.name == "Анна" for one in messages)
    return {one.id for one in messages} == set(ids) and named, f"{len(messages)} of {len(ids)}"


checked("every kind of message is read, with who wrote it", read_all)
checked("a message is marked as read", lambda: bool(messages[0].mark_as_read()))
checked("an answer goes to whom pywa thinks best", lambda: messages[0].reply("Ждём вас").id.startswith("wamid."))
checked("a file goes up", lambda: bool(wa.upload_media(b"picture", mime_type="image/png", filename="a.png")))


def hidden():
    before = len(messages)
    writes(from_user_id="RU.134912345", text="hi")
    wait(lambda: len(messages) > before)
    return messages[-1].from_user.bsuid == "RU.134912345" and messages[-1].from_user.wa_id is None


checked("a guest who hides the phone", hidden)
check("every call is signed as pywa wants it", not forged and len(calls) > len(WRITTEN), f"{len(calls)} calls, {len(forged)} refused")
check("pywa reads every call", not troubles, f"{len(calls) - len(troubles)} of {len(calls)}; {troubles[:1]}")
say("done")
