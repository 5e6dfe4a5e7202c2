"""Driver of Debian's python3-stomp. usage: python3_stomp.py (commands: docs/clients.md)"""
import base64
import json
import sys
import threading

import stomp

KINDS = {'1.0': stomp.Connection10, '1.1': stomp.Connection11}
WRITING = threading.Lock()


def tell(on, saw, **more):
    with WRITING:
        print(json.dumps({'on': on, 'saw': saw, **more}), flush=True)


class Connection(stomp.ConnectionListener):
    """One connection: reports what it sees, and has a method for each command."""

    def __init__(self, on, port, version, beats, silent, binary, headers, **_):
        self.on = on
        self.last = None
        kind = KINDS.get(version, stomp.Connection12)
        options = {'auto_decode': not binary}
        if kind is not stomp.Connection10:
            # A beat may be late, and these tests ask for quick ones.
            options |= {'heartbeats': tuple(beats), 'heart_beat_receive_scale': 20}
        self.client = kind([('127.0.0.1', port)], **options)
        if version not in (None, *KINDS):
            self.client.version = version
        if silent:
            transmit = self.client.transport.transmit
            self.client.transport.transmit = lambda frame: frame.cmd and transmit(frame)
        self.client.set_listener('', self)
        self.client.connect(headers.pop('login'), headers.pop('passcode'), headers=headers)

    def on_connected(self, frame):
        tell(self.on, 'connected', headers=frame.headers)

    def on_message(self, frame):
        self.last = frame.headers
        body = frame.body.encode() if isinstance(frame.body, str) else frame.body
        tell(self.on, 'message', headers=frame.headers, body=base64.b64encode(body).decode())

    def on_receipt(self, frame):
        tell(self.on, 'receipt', id=frame.headers['receipt-id'])

    def on_error(self, frame):
        tell(self.on, 'error', headers=frame.headers)

    def on_heartbeat(self):
        tell(self.on, 'beat')

    def on_disconnected(self):
        tell(self.on, 'closed')

    def subscribe(self, to, headers):
        self.client.subscribe(to, **headers)

    def unsubscribe(self, id):
        self.client.unsubscribe(id=id)

    def send(self, to, headers, body, binary):
        octets = base64.b64decode(body)
        self.client.send(to, octets if binary else octets.decode(), headers=headers)

    def _settle(self, method, headers):
        """The client leaves it to its user what names a message in which version."""
        if self.client.version == '1.2':
            names = [self.last['ack']]
        else:
            names = [self.last['message-id'], self.last.get('subscription')]
        if self.client.version == '1.0':
            names.pop()
        method(*names, transaction=headers.get('transaction'))

    def ack(self, headers):
        self._settle(self.client.ack, headers)

    def nack(self, headers):
        self._settle(self.client.nack, headers)

    def ack_id(self, id, subscription):
        self.client.ack(*([id] if self.client.version in ('1.0', '1.2') else [id, subscription]))

    def begin(self, id):
        self.client.begin(id)

    def commit(self, id):
        self.client.commit(id)

    def abort(self, id):
        self.client.abort(id)

    def disconnect(self):
        self.client.disconnect()

    def drop(self):
        self.client.transport.disconnect_socket()


def main():
    connections = {}
    for line in sys.stdin:
        command = json.loads(line)
        on, what = command.pop('on'), command.pop('do')
        try:
            if what == 'open':
                connections[on] = Connection(on, **command)
            else:
                getattr(connections[on], what)(**command)
        except Exception as problem:  # whatever the client throws is what its user sees
            tell(on, 'failed', why=str(problem) or type(problem).__name__)


if __name__ == '__main__':
    main()
