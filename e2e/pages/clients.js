// Clients that the gateway must serve, each with its whole life: connect, subscribe, send,
// receive, close. A client resolves to what it saw.
'use strict';

const address = `wss://${location.host}/`;
const text = 'naïve & <b>bold</b> 😀';

// Frames of STOMP 1.0 in text messages: command, headers, body.
const parse = data => {
  const end = data.indexOf('\n\n');
  const [command, ...lines] = data.slice(0, end).split('\n');
  const headers = Object.fromEntries(lines.map(line => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1)];
  }));
  return { command, headers, body: data.slice(end + 2).replace(/\0[\n]*$/, '') };
};

// As the 2012 stomp.js: no subprotocol, STOMP 1.0, no heart-beat, no content-length, and at the
// end ws.close() without arguments, which is a Close frame without payload.
const plain = (destination, sayGoodbye) => new Promise(resolve => {
  const seen = { protocol: null, frames: [], close: null };
  const socket = new WebSocket(address);
  const send = (...lines) => socket.send(lines.join('\n') + '\0');
  socket.onopen = () => {
    seen.protocol = socket.protocol;
    send('CONNECT', 'login:system', 'passcode:manager', '', '');
  };
  socket.onmessage = ({ data }) => {
    const frame = parse(data);
    seen.frames.push(frame);
    if (frame.command === 'CONNECTED') {
      send('SUBSCRIBE', `destination:${destination}`, '', '');
      send('SEND', `destination:${destination}`, '', text);
    }
    if (frame.command === 'MESSAGE') {
      if (sayGoodbye) send('DISCONNECT', '', '');
      socket.close();
    }
  };
  socket.onclose = event => {
    seen.close = { code: event.code, clean: event.wasClean, reason: event.reason };
    resolve(seen);
  };
});

// @stomp/stompjs 7.x.
const modern = destination => new Promise(resolve => {
  const seen = { version: null, message: null, receipt: false, close: null };
  const client = new StompJs.Client({
    brokerURL: address,
    connectHeaders: { login: 'system', passcode: 'manager' },
    reconnectDelay: 0,
    heartbeatIncoming: 10000,
    heartbeatOutgoing: 10000,
    onConnect: frame => {
      seen.version = frame.headers.version;
      client.subscribe(destination, message => {
        seen.message = { body: message.body, colour: message.headers.colour };
        message.ack();
        client.deactivate();
      }, { ack: 'client-individual' });
      client.watchForReceipt('sent', () => { seen.receipt = true; });
      client.publish({ destination, body: text, headers: { colour: 'blue: dark', receipt: 'sent' } });
    },
    onWebSocketClose: event => {
      seen.close = { code: event.code, clean: event.wasClean };
      resolve(seen);
    },
  });
  client.activate();
});

// stompjs 2.3.3, the last of the old line.
const old = destination => new Promise(resolve => {
  const seen = { message: null };
  const client = Stomp.client(address);
  client.debug = null;
  client.connect('system', 'manager', () => {
    client.subscribe(destination, message => {
      seen.message = { body: message.body };
      client.disconnect(() => resolve(seen));
    });
    client.send(destination, {}, text);
  }, error => resolve({ error: String(error) }));
});

// Subscribes by hand and waits for the end of the connection, whoever causes it.
const listen = destination => {
  const seen = { open: false, close: null };
  const socket = new WebSocket(address);
  socket.onopen = () => socket.send('CONNECT\n\n\0');
  socket.onmessage = ({ data }) => {
    if (data.startsWith('CONNECTED')) {
      socket.send(`SUBSCRIBE\ndestination:${destination}\nreceipt:r\n\n\0`);
    }
    if (data.startsWith('RECEIPT')) seen.open = true;
  };
  socket.onclose = event => {
    seen.close = { code: event.code, clean: event.wasClean, reason: event.reason };
  };
  return seen;
};

window.clients = { plain, modern, old, listen, text };
