"""smpplib, as a client of the simulated SMSC.

  esme.py PORT SYSTEM_ID PASSWORD
"""

import sys
import time

from smpplib import client as smpp_client
from smpplib import consts, gsm

from told import check, checked, say

port, system_id, password = int(sys.argv[1]), *sys.argv[2:4]
TEXTS = ["Two pizzas for one", "Ask @ the counter {now} " * 9, "Соскучились! Вторая пицца в подарок " * 4]

answered, receipts = [], []


def told(pdu):
    if pdu.command == "deliver_sm":
        receipts.append((pdu.receipted_message_id, pdu.message_state, pdu.short_message))


client = smpp_client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id))
client.set_message_received_handler(lambda pdu: told(pdu))
checked("it binds", lambda: client.connect() is None and client.bind_transceiver(system_id=system_id, password=password) is not None)

sent = 0
for number, text in enumerate(TEXTS):
    parts, coding, kind = gsm.make_parts(text)
    for part in parts:
        client.send_message(
            source_addr_ton=consts.SMPP_TON_ALNUM,
            source_addr="PIZZA",
            dest_addr_ton=consts.SMPP_TON_INTL,
            destination_addr=f"7999000770{number}",
            short_message=part,
            data_coding=coding,
            esm_class=kind,
            registered_delivery=True,
        )
        sent += 1
deadline = time.time() + 20
while time.time() < deadline and (len(answered) < sent or len(receipts) < sent):
    client.read_once()

check("every part is answered", len(answered) == sent, f"{len(answered)} of {sent}")
ids = {one.decode().rstrip("\0") if isinstance(one, bytes) else one for one in answered}
named = {one[0].decode().rstrip("\0") for one in receipts if one[0]}
check("every receipt names its part by the answer's id", named == ids and len(ids) == sent, f"{sorted(named)} {sorted(ids)}")
check("every receipt tells it delivered", all(one[1] == 2 and b"stat:DELIVRD" in one[2] for one in receipts), receipts[:1])
checked("it unbinds", lambda: client.unbind() is not None or True)
client.disconnect()
say("done")
