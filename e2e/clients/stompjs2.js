// Driver of stompjs 2.3.3, the client of 2014. usage: node stompjs2.js (commands: docs/clients.md)
'use strict';
const Stomp = require('stompjs');
const { serve, silence, address, octets, base64 } = require('./lines.js');

Stomp.WebSocketClass = require('ws');
const supported = Stomp.VERSIONS.supportedVersions;

// The client knows text only: octets that are no text go in and out as one character each.
const inward = command => command.binary ? octets(command).toString('latin1') : octets(command).toString();

serve((wanted, saw) => {
  let last;
  const over_tcp = wanted.transport === 'tcp';
  const client = over_tcp ? Stomp.overTCP('127.0.0.1', wanted.port) : Stomp.client(address(wanted));
  client.heartbeat = { outgoing: wanted.beats[0], incoming: wanted.beats[1] };
  client.debug = text => { if (text === '<<< PONG') saw('beat'); };
  client.onreceipt = frame => saw('receipt', { id: frame.headers['receipt-id'] });
  if (wanted.silent) silence(client.ws);
  // Behind disconnect() the client tells nobody that its socket has closed, and never with what code.
  if (!over_tcp) client.ws.addEventListener('close', event => saw('closed', { code: event.code }));

  const failed = frame => {
    if (frame.headers) saw('error', { headers: frame.headers });
    else if (over_tcp) saw('closed');
  };
  const connected = frame => {
    Stomp.clearInterval(client.ponger); // a beat may be late, and these tests ask for quick ones
    saw('connected', { headers: frame.headers });
  };
  client.connect(wanted.headers, connected, failed);
  const open = client.ws.onopen;
  client.ws.onopen = () => {
    Stomp.VERSIONS.supportedVersions = wanted.version ? () => wanted.version : supported;
    open();
  };

  const take = message => {
    last = message;
    const body = base64(message.body, wanted.binary ? 'latin1' : 'utf8');
    saw('message', { headers: message.headers, body });
  };
  return {
    subscribe: ({ to, headers }) => client.subscribe(to, take, headers),
    unsubscribe: ({ id }) => client.unsubscribe(id),
    send: command => client.send(command.to, command.headers, inward(command)),
    ack: ({ headers }) => last.ack(headers),
    nack: ({ headers }) => last.nack(headers),
    ack_id: ({ id, subscription }) => client.ack(id, subscription),
    begin: ({ id }) => client.begin(id),
    commit: ({ id }) => client.commit(id),
    abort: ({ id }) => client.abort(id),
    disconnect() {
      client.disconnect();
      if (over_tcp) client.ws.onclose = () => saw('closed');
    },
    drop: () => client.ws.close(),
  };
});
