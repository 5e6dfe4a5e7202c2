// What the drivers in JavaScript share: commands come as lines of JSON, events go out as such.
'use strict';
const net = require('net');
const readline = require('readline');

// Says what the client of connection `on` saw.
function tell(on, saw, more = {}) {
  process.stdout.write(JSON.stringify({ on, saw, ...more }) + '\n');
}

// Runs the commands of standard input. `open(command, saw)` makes a connection: an object with a
// method for each command. `saw(event, more)` reports for it.
function serve(open) {
  const connections = new Map();
  readline.createInterface({ input: process.stdin }).on('line', line => {
    const command = JSON.parse(line);
    const { on } = command;
    try {
      if (command.do === 'open') connections.set(on, open(command, (saw, more) => tell(on, saw, more)));
      else connections.get(on)[command.do](command);
    } catch (problem) {
      tell(on, 'failed', { why: problem.message });
    }
  }).on('close', () => process.exit(0));
}

// A TCP connection that looks like a WebSocket, as the guide of @stomp/stompjs proposes for Node.js.
class TcpSocket {
  constructor(port) {
    this.url = `tcp://127.0.0.1:${port}`;
    this.readyState = 0;
    this.socket = net.connect(port, '127.0.0.1', () => { this.readyState = 1; this.onopen(); });
    this.socket.on('data', data => this.onmessage({ data: new Uint8Array(data).buffer }));
    this.socket.on('error', () => {});
    this.socket.on('close', () => { this.readyState = 3; this.onclose({}); });
  }
  send(data) { this.socket.write(typeof data === 'string' ? data : new Uint8Array(data)); }
  close() { this.socket.end(); }
  terminate() { this.socket.destroy(); }
}

// Where the WebSocket of `open` is: `ws` or `wss` at its port.
const address = ({ transport, port }) => `${transport}://127.0.0.1:${port}/`;

// From now on no heart-beat leaves `socket`: the client is silent and does not know it.
function silence(socket) {
  const send = socket.send.bind(socket);
  socket.send = (data, ...rest) => { if (data !== '\n') send(data, ...rest); };
}

const octets = command => Buffer.from(command.body, 'base64');
const base64 = (data, encoding) => Buffer.from(data, encoding).toString('base64');

module.exports = { serve, silence, address, octets, base64, TcpSocket };
