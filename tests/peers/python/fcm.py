"""firebase_admin, Google's own library, sends to the simulated FCM.

  fcm.py SERVICE_ACCOUNT_FILE BASE_URL
"""

import datetime
import sys

import firebase_admin
from firebase_admin import credentials, exceptions, messaging

from told import check, checked, raises, say

account, base = sys.argv[1:3]
messaging._MessagingService.FCM_URL = base + "/v1/projects/{0}/messages:send"
firebase_admin.initialize_app(credentials.Certificate(account))


def message(token, **more):
    return messaging.Message(
        token=token,
        notification=messaging.Notification(title="We miss you", body="Две пиццы по цене одной 🍕"),
        data={"message_id": f"peer-{token}", "link": "https://brand.example/l/3kTMd8aZ01x"},
        **more,
    )


def everything():
    """A message with all that the library can write."""
    return messaging.Message(
        token="peer-token-full",
        data={"message_id": "peer-full"},
        notification=messaging.Notification(title="t", body="b", image="https://brand.example/i.png"),
        android=messaging.AndroidConfig(
            collapse_key="run-7",
            priority="high",
            ttl=datetime.timedelta(hours=1, milliseconds=500),
            notification=messaging.AndroidNotification(tag="run-7", channel_id="news", color="#ff0000", sound="default"),
            fcm_options=messaging.AndroidFCMOptions(analytics_label="spring-1"),
        ),
        apns=messaging.APNSConfig(
            headers={"apns-collapse-id": "run-7", "apns-priority": "10"},
            payload=messaging.APNSPayload(
                aps=messaging.Aps(alert=messaging.ApsAlert(title="t", body="b"), sound="default", badge=1)
            ),
        ),
        webpush=messaging.WebpushConfig(
            headers={"TTL": "3600", "Urgency": "normal"},
            fcm_options=messaging.WebpushFCMOptions(link="https://brand.example/"),
        ),
        fcm_options=messaging.FCMOptions(analytics_label="spring-1"),
    )


def each():
    answers = messaging.send_each([message(f"peer-token-{number:03}") for number in range(25)])
    return answers.success_count == 25, f"{answers.success_count} of 25"


def multicast():
    tokens = ["peer-token-a", "sim:unregistered:peer", "abc"]
    many = messaging.MulticastMessage(tokens=tokens, notification=messaging.Notification(title="t"))
    answers = messaging.send_each_for_multicast(many).responses
    kinds = [type(answer.exception).__name__ for answer in answers]
    return kinds == ["NoneType", "UnregisteredError", "InvalidArgumentError"], kinds


checked("one message has an id of the project", lambda: messaging.send(message("peer-token-one")).startswith("projects/"))
checked("a message with everything is taken", lambda: bool(messaging.send(everything())))
checked("a topic, and a condition", lambda: bool(
    messaging.send(messaging.Message(topic="news", data={"a": "b"}))
    and messaging.send(messaging.Message(condition="'a' in topics && 'b' in topics", data={"a": "b"}))
))
checked("a dry run", lambda: bool(messaging.send(message("peer-token-dry"), dry_run=True)))
checked("25 at once", each)
checked("a multicast tells each token's own trouble", multicast)
raises("an app that is gone", messaging.UnregisteredError, lambda: messaging.send(message("sim:unregistered:peer")))
raises("a word that is no token", exceptions.InvalidArgumentError, lambda: messaging.send(message("abc")))
raises("another project's token", messaging.SenderIdMismatchError, lambda: messaging.send(message("sim:mismatch:peer")))
raises("too many", messaging.QuotaExceededError, lambda: messaging.send(message("sim:429:peer")))
raises("Apple's key is gone", messaging.ThirdPartyAuthError, lambda: messaging.send(message("sim:third-party:peer")))


def oversize():
    big = messaging.Message(token="peer-token-big", data={"a": "ж" * 2_048})
    try:
        return False, messaging.send(big)
    except exceptions.InvalidArgumentError as error:
        details = error.http_response.json()["error"].get("details", [])
        return [one.get("errorCode") for one in details] == ["INVALID_ARGUMENT"], details


checked("too big is told as FCM tells it", oversize)
check("the library", True, f"firebase_admin {firebase_admin.__version__}")
say("done")
