// An SMSC whose octets node-smpp reads and writes. It puts the parts of a message together, answers, and sends a receipt
// for each part that asks for one. What it received goes to standard output, one JSON object a line.
import smpp from 'smpp';

const [systemId, password] = ['bellhop', 'secret'];
const hexIds = process.argv.includes('--hex-ids');
const say = (line) => console.log(JSON.stringify(line));

let lastId = 0xA0;
const waiting = new Map();

// Where a part stands in its message, by its header or by its TLVs.
function place(pdu) {
  if (pdu.sar_total_segments !== undefined) {
    return { reference: pdu.sar_msg_ref_num, total: pdu.sar_total_segments, number: pdu.sar_segment_seqnum, by: 'sar' };
  }
  for (const element of pdu.short_message.udh ?? []) {
    if (element[0] === 0) return { reference: element[2], total: element[3], number: element[4], by: 'udh8' };
    if (element[0] === 8) {
      return { reference: element.readUInt16BE(2), total: element[4], number: element[5], by: 'udh16' };
    }
  }
  return { reference: 0, total: 1, number: 1, by: pdu.message_payload ? 'message_payload' : 'alone' };
}

function receive(pdu) {
  const { reference, total, number, by } = place(pdu);
  const text = (pdu.message_payload ?? pdu.short_message).message;
  const key = [pdu.source_addr, pdu.destination_addr, reference, total].join('/');
  const parts = waiting.get(key) ?? new Map();
  waiting.set(key, parts);
  if (parts.has(number)) say({ event: 'part_twice', to: pdu.destination_addr, number });
  parts.set(number, text);
  if (parts.size < total) return;
  waiting.delete(key);
  const whole = [...parts.entries()].sort(([a], [b]) => a - b).map(([, part]) => part).join('');
  say({ event: 'message', from: pdu.source_addr, to: pdu.destination_addr, text: whole, parts: total, by, coding: pdu.data_coding });
}

function receipt(session, pdu, id) {
  const stamp = new Date().toISOString().slice(2, 16).replace(/[-T:]/g, '');
  session.deliver_sm({
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:${stamp} done date:${stamp} stat:DELIVRD err:000 text:`,
  }, (answer) => say({ event: 'receipt_answered', status: answer.command_status }));
}

const server = smpp.createServer((session) => {
  session.on('error', (error) => say({ event: 'error', what: String(error) }));
  session.on('bind_transceiver', (pdu) => {
    const known = pdu.system_id === systemId && pdu.password === password;
    say({ event: 'bind', known, version: pdu.interface_version });
    session.send(pdu.response(known ? { system_id: 'peer' } : { command_status: smpp.ESME_RINVPASWD }));
  });
  session.on('submit_sm', (pdu) => {
    const id = ++lastId;
    receive(pdu);
    session.send(pdu.response({ message_id: hexIds ? id.toString(16).toUpperCase() : String(id) }));
    if (pdu.registered_delivery & 3) receipt(session, pdu, id);
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    say({ event: 'unbind' });
    session.send(pdu.response());
    session.close();
  });
});
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
