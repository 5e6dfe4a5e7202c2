"""HTTP and WebSocket handshakes by hand, for what a browser does not show."""
import base64
import http.client
import os
import socket
import threading
from hashlib import sha1
from typing import NamedTuple
from urllib.parse import urlsplit

LIMIT = 10
GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def get(url, context=None, login=None, **headers):
    """One GET on a connection of its own; redirects are not followed."""
    at = urlsplit(url)
    if at.scheme == 'https':
        connection = http.client.HTTPSConnection(at.hostname, at.port, timeout=LIMIT,
                                                 context=context)
    else:
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=LIMIT)
    if login:
        headers['Authorization'] = 'Basic ' + base64.b64encode(login.encode()).decode()
    try:
        target = (at.path or '/') + ('?' + at.query if at.query else '')
        connection.request('GET', target, headers={
            name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


UPGRADE = {'Connection': 'Upgrade', 'Upgrade': 'websocket', 'Sec_WebSocket_Version': '13',
           'Sec_WebSocket_Key': base64.b64encode(os.urandom(16)).decode()}


def read_head(stream):
    head = b''
    while b'\r\n\r\n' not in head:
        part = stream.recv(4096)
        if not part:
            raise EOFError(f'the peer ended after {head!r}')
        head += part
    return head.partition(b'\r\n\r\n')


def read_exactly(stream, length, have=b''):
    while len(have) < length:
        part = stream.recv(length - len(have))
        if not part:
            raise EOFError(f'{len(have)} of {length} octets')
        have += part
    return have


class WebSocket:
    """A WebSocket client that sends exactly the frames it is told to."""

    def __init__(self, port, context=None):
        plain = socket.create_connection(('127.0.0.1', port), timeout=LIMIT)
        self._stream = context.wrap_socket(plain, server_hostname='localhost') if context else plain
        lines = ['GET / HTTP/1.1', f'Host: localhost:{port}',
                 *(f'{name.replace("_", "-")}: {value}' for name, value in UPGRADE.items())]
        self._stream.sendall('\r\n'.join([*lines, '', '']).encode())
        head, _, self._read = read_head(self._stream)
        if b' 101 ' not in head.split(b'\r\n')[0]:
            raise ConnectionError(head.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()

    def send_text(self, text):
        """One masked text frame; at most 65,535 octets."""
        payload = text.encode()
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else (
            b'\xfe' + len(payload).to_bytes(2, 'big'))
        self._stream.sendall(b'\x81' + length + bytes(4) + payload)  # a mask of zeros

    def receive(self):
        """Opcode and payload of the next frame."""
        head = self._take(2)
        size = head[1] & 127
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8), 'big')
        return head[0] & 15, self._take(size)

    def _take(self, length):
        self._read = read_exactly(self._stream, length, self._read) if len(
            self._read) < length else self._read
        taken, self._read = self._read[:length], self._read[length:]
        return taken


class FakeBroker:
    """Takes one WebSocket, writes the octets it is told to, and ends the connection."""

    def __init__(self):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.settimeout(LIMIT)
        self.port = self._listener.getsockname()[1]
        self._thread = None

    def answer_with(self, octets):
        self._thread = threading.Thread(target=self._serve, args=(octets,), daemon=True)
        self._thread.start()

    def _serve(self, octets):
        stream, _ = self._listener.accept()
        with stream:
            stream.settimeout(LIMIT)
            head, _, _ = read_head(stream)
            key = next(line.split(b':', 1)[1].strip() for line in head.split(b'\r\n')
                       if line.lower().startswith(b'sec-websocket-key:'))
            accept = base64.b64encode(sha1(key + GUID).digest())
            stream.sendall(b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
                           b'Connection: Upgrade\r\nSec-WebSocket-Accept: ' + accept +
                           b'\r\n\r\n' + octets)

    def close(self):
        self._listener.close()
        if self._thread:
            self._thread.join(LIMIT)


def free_port():
    """A port that was free a moment ago: only for what must be absent, or come back on it."""
    with socket.create_server(('127.0.0.1', 0)) as taken:
        return taken.getsockname()[1]
