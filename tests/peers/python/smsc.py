"""An SMSC whose PDUs smpplib decodes and writes. It answers with hexadecimal ids and reports in decimal, as many operators do.

  smsc.py    prints where it listens; then each message as smpplib read it. The last digit of a phone chooses how its receipt is
             dressed:
             0 text and TLVs, 1 text only, 2 TLVs only, 3 text without an esm_class, 4 data_sm, 5 the text in the payload,
             6 small letters and no TLVs
"""

import asyncio
import datetime
import struct

from smpplib import consts, smpp

from told import say

MOSCOW = datetime.timezone(datetime.timedelta(hours=3))


class Numbers:
    """Sequence numbers, where smpplib asks a client for them."""

    def __init__(self):
        self.sequence = 0

    def next_sequence(self):
        self.sequence += 1
        return self.sequence


def receipt(dress, number, submitted, client):
    """The PDU that reports the message of this number as delivered; the done date has minutes only."""
    done = datetime.datetime.now(MOSCOW).strftime("%y%m%d%H%M")
    text = f"id:{number:010d} sub:001 dlvrd:001 submit date:{done} done date:{done} stat:DELIVRD err:000 text:-"
    if dress == 6:
        text = text.lower()
    tlvs = {"receipted_message_id": f"{number:08X}", "message_state": consts.SMPP_MESSAGE_STATE_DELIVERED}
    name = "data_sm" if dress == 4 else "deliver_sm"
    pdu = smpp.make_pdu(name, client=client)
    pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr = 1, 1, submitted.destination_addr.decode()
    pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr = 5, 0, submitted.source_addr.decode()
    pdu.esm_class = 0 if dress == 3 else consts.SMPP_MSGTYPE_DELIVERYACK
    pdu.data_coding = 0
    if dress in (0, 2, 4):
        for tag, value in tlvs.items():
            setattr(pdu, tag, value)
    if dress in (4, 5):
        pdu.message_payload = text.encode()
    elif dress != 2:
        pdu.short_message = text.encode()
    return pdu


def text_of(pdu):
    octets = pdu.short_message or pdu.message_payload or b""
    if pdu.esm_class & consts.SMPP_GSMFEAT_UDHI:
        octets = octets[octets[0] + 1:]
    return octets.decode("utf-16-be" if pdu.data_coding == 8 else "ascii", "replace")


async def session(reader, writer):
    client, count = Numbers(), 0x1F00
    try:
        while True:
            head = await reader.readexactly(4)
            octets = head + await reader.readexactly(struct.unpack(">I", head)[0] - 4)
            pdu = smpp.parse_pdu(octets, client=client, allow_unknown_opt_params=True)
            if pdu.command.startswith("bind_") and not pdu.command.endswith("_resp"):
                say("bind", command=pdu.command)
                answer(writer, pdu, client, system_id="peer")
            elif pdu.command == "submit_sm":
                count += 1
                to = pdu.destination_addr.decode()
                say("message", to=to, text=text_of(pdu), coding=pdu.data_coding, registered=pdu.registered_delivery)
                answer(writer, pdu, client, message_id=f"{count:08X}")
                writer.write(receipt(int(to[-1]), count, pdu, client).generate())
            elif pdu.command in ("enquire_link", "unbind"):
                answer(writer, pdu, client)
                if pdu.command == "unbind":
                    say("unbind")
                    break
            elif pdu.command in ("deliver_sm_resp", "data_sm_resp"):
                say("taken", status=pdu.status)
            else:
                say("other", command=pdu.command, status=pdu.status)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        say("lost")
    except Exception as error:  # noqa: BLE001: what the codec cannot read is told
        say("error", what=f"{type(error).__name__}: {error}")
    finally:
        writer.close()


def answer(writer, to, client, **fields):
    pdu = smpp.make_pdu(f"{to.command}_resp", client=client)
    pdu.sequence = to.sequence
    for name, value in fields.items():
        setattr(pdu, name, value)
    writer.write(pdu.generate())


async def main():
    server = await asyncio.start_server(session, "127.0.0.1", 0)
    say("listening", port=server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


asyncio.run(main())
