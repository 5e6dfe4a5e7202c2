// Driver of @stomp/stompjs, today's client. usage: node stompjs7.js (commands: docs/clients.md)
'use strict';
const { Client, Versions } = require('@stomp/stompjs');
const WebSocket = require('ws');
const { serve, silence, address, octets, base64, TcpSocket } = require('./lines.js');

serve((wanted, saw) => {
  let last;
  const client = new Client({
    webSocketFactory() {
      const socket = wanted.transport === 'tcp' ? new TcpSocket(wanted.port)
        : new WebSocket(address(wanted), client.stompVersions.protocolVersions());
      if (wanted.silent) silence(socket);
      return socket;
    },
    connectHeaders: wanted.headers,
    heartbeatOutgoing: wanted.beats[0],
    heartbeatIncoming: wanted.beats[1],
    heartbeatToleranceMultiplier: 20, // a beat may be late, and these tests ask for quick ones
    reconnectDelay: 0,
    onConnect: frame => saw('connected', { headers: frame.headers }),
    onStompError: frame => saw('error', { headers: frame.headers }),
    onUnhandledReceipt: frame => saw('receipt', { id: frame.headers['receipt-id'] }),
    onHeartbeatReceived: () => saw('beat'),
    onWebSocketClose: event => saw('closed', { code: event.code }),
  });
  if (wanted.version) client.stompVersions = new Versions([wanted.version]);
  client.activate();

  const take = message => {
    last = message;
    saw('message', { headers: message.headers, body: base64(message.binaryBody) });
  };
  return {
    subscribe: ({ to, headers }) => client.subscribe(to, take, headers),
    unsubscribe: ({ id }) => client.unsubscribe(id),
    send(command) {
      const body = command.binary ? { binaryBody: octets(command) } : { body: octets(command).toString() };
      client.publish({ destination: command.to, headers: command.headers, ...body });
    },
    ack: ({ headers }) => last.ack(headers),
    nack: ({ headers }) => last.nack(headers),
    ack_id: ({ id, subscription }) => client.ack(id, subscription),
    begin: ({ id }) => client.begin(id),
    commit: ({ id }) => client.commit(id),
    abort: ({ id }) => client.abort(id),
    disconnect: () => client.deactivate(),
    drop: () => client.deactivate({ force: true }),
  };
});
