"""A load generator for STOMP: moderate in speed, the same for every broker."""
import selectors
import socket
from typing import NamedTuple

from wire import read_head

LIMIT = 20  # seconds without progress
BODY = b'~' * 100  # an octet that no header has: counting it counts deliveries
READ_AT_ONCE = 256 * 1024
IDLE_BATCH = 100  # connections opened before the first of them is waited for
UPGRADE = ('GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
           'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
           'Sec-WebSocket-Protocol: v12.stomp\r\n\r\n')


class Target(NamedTuple):
    """Where and how a broker takes STOMP."""
    ws: int
    stomp: int
    path: str


def mask(payload):
    """One client frame, text, with a mask of zeros; 126 to 65,535 octets or fewer than 126."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else (
        b'\xfe' + len(payload).to_bytes(2, 'big'))
    return b'\x81' + length + bytes(4) + payload


class Client:
    """A connected STOMP client over WebSocket, or over TCP."""

    def __init__(self, target, over='ws'):
        self._frame = mask if over == 'ws' else bytes
        port = target.ws if over == 'ws' else target.stomp
        self.socket = socket.create_connection(('127.0.0.1', port), timeout=LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if over == 'ws':
            self.socket.sendall(UPGRADE.format(path=target.path).encode())
            head, _, rest = read_head(self.socket)
            if b' 101 ' not in head.split(b'\r\n')[0] or rest:
                raise ConnectionError(head.decode())
        self.say(b'CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n'
                 b'heart-beat:0,0\n\n\0')
        self._hear(b'CONNECTED\n')

    def say(self, frame):
        self.socket.sendall(self._frame(frame))

    def _hear(self, word):
        heard = b''
        while not (word in heard and heard.endswith((b'\0', b'\0\n'))):
            part = self.socket.recv(READ_AT_ONCE)
            if not part:
                raise ConnectionError(f'the broker ended after {heard!r}')
            heard += part

    def subscribe(self, destination):
        self.say(b'SUBSCRIBE\nid:0\ndestination:%b\nreceipt:r\n\n\0' % destination)
        self._hear(b'RECEIPT\n')

    def send_many(self, destination, count):
        frame = self._frame(b'SEND\ndestination:%b\n\n%b\0' % (destination, BODY))
        self.socket.sendall(frame * count)

    def close(self):
        self.socket.close()


def deliver(producer, subscribers, destination, count, window):
    """Sends `count` messages, at most `window` of them on their way to any, and waits until each of
    the subscribers has all."""
    per_message = len(BODY) * len(subscribers)
    sent = got = 0
    with selectors.DefaultSelector() as ready:
        for one in subscribers:
            ready.register(one.socket, selectors.EVENT_READ)
        while got < count * per_message:
            room = min(window - (sent - got // per_message), count - sent)
            if room > 0:
                producer.send_many(destination, room)
                sent += room
            events = ready.select(LIMIT)
            if not events:
                raise TimeoutError(f'{got // per_message} of {sent} messages arrived')
            for key, _ in events:
                part = key.fileobj.recv(READ_AT_ONCE)
                if not part:
                    raise ConnectionError('the broker ended a subscriber')
                got += part.count(BODY[:1])
