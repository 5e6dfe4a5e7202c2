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
        connection.request('GET', at.path or '/', headers={
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
