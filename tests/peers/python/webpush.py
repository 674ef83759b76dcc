"""A push service and a browser of other hands: http_ece decrypts what it is sent, py_vapid verifies who sent it.

  webpush.py    prints where it listens and a subscription; then each push as it could read it
"""

import base64
import http.server
import json
import os

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from told import say


def b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


key = ec.generate_private_key(ec.SECP256R1())
public = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
secret = os.urandom(16)


def claims(authorization):
    token = authorization.split("t=", 1)[1].split(",", 1)[0]
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def read(body):
    return http_ece.decrypt(body, private_key=key, auth_secret=secret, version="aes128gcm").decode()


def attempt(ask):
    try:
        return ask(), None
    except Exception as error:  # noqa: BLE001: whatever a library dislikes is told
        return None, f"{type(error).__name__}: {error}"


class Service(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        authorization = self.headers.get("Authorization", "")
        text, trouble = attempt(lambda: read(body))
        verified, doubt = attempt(lambda: Vapid02.verify(authorization))
        said, _ = attempt(lambda: claims(authorization))
        say(
            "push",
            text=text,
            verified=verified is True,
            claims=said,
            trouble=trouble or doubt,
            headers={name.lower(): value for name, value in self.headers.items() if name.lower() != "authorization"},
        )
        self.send_response(201)
        self.send_header("Location", f"{self.path}/m/1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
port = server.server_address[1]
say(
    "listening",
    port=port,
    subscription={
        "endpoint": f"http://127.0.0.1:{port}/push/peer",
        "keys": {"p256dh": b64(public), "auth": b64(secret)},
    },
)
server.serve_forever()
