"""A headless STOMP 1.2 client over TCP, WebSocket or either with TLS. Standard library only."""
import base64
import hashlib
import itertools
import os
import socket
import ssl
import struct
import time
import urllib.parse

from .frames import MOST_BODY, Malformed, Reader, encode

WS_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = OPCODES = 0, 1, 2, 8, 9, 10


class NotReceived(AssertionError):
    """What was waited for did not come in time."""


class Closed(AssertionError):
    """The connection has ended; `code` is the WebSocket close code, 1006 without one."""

    def __init__(self, code, reason):
        super().__init__(f'the connection ended: {code} {reason}'.rstrip())
        self.code = code
        self.reason = reason


class _Stream:
    """STOMP octets over TCP."""
    in_messages = False  # whether receive() answers whole messages

    def __init__(self, sock):
        self.sock = sock

    def send(self, data):
        self.sock.sendall(data)

    def receive(self, limit):
        self.sock.settimeout(max(limit, 0.001))
        try:
            data = self.sock.recv(65536)
        except ConnectionError as error:
            raise Closed(1006, str(error)) from None
        if not data:
            raise Closed(1006, 'end of stream')
        return data

    def close(self, code=1000, reason=''):
        self.sock.close()


class _WebSocket(_Stream):
    """STOMP octets over WebSocket (RFC 6455), one text message for each send."""
    in_messages = True

    def __init__(self, sock, url, subprotocols, headers):
        super().__init__(sock)
        self._read = b''
        self._message = None  # fragments so far
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f'GET {url.path or "/"} HTTP/1.1', f'Host: {url.netloc}', 'Upgrade: websocket',
                 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', f'Sec-WebSocket-Key: {key}',
                 f'Sec-WebSocket-Protocol: {", ".join(subprotocols)}',
                 *(f'{k}: {v}' for k, v in headers.items())]
        self.send_raw('\r\n'.join(lines).encode() + b'\r\n\r\n')
        while b'\r\n\r\n' not in self._read:
            self._read += super().receive(10)
        head, self._read = self._read.split(b'\r\n\r\n', 1)
        status, *fields = head.decode('latin-1').split('\r\n')
        if ' 101' not in status:
            raise Closed(1006, status)
        answers = {k.strip().lower(): v.strip() for k, _, v in (f.partition(':') for f in fields)}
        expected = base64.b64encode(hashlib.sha1((key + WS_GUID).encode()).digest()).decode()
        if answers.get('sec-websocket-accept') != expected:
            raise Closed(1006, 'wrong Sec-WebSocket-Accept')

    def send_raw(self, data):
        self.sock.sendall(data)

    def send(self, data):
        self._send_frame(TEXT, data)

    def _send_frame(self, opcode, data):
        size = len(data)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack('>H', size)
        else:
            head += bytes([0x80 | 127]) + struct.pack('>Q', size)
        mask = os.urandom(4)
        whole = mask * (size // 4 + 1)
        masked = (int.from_bytes(data, 'big') ^ int.from_bytes(whole[:size], 'big')).to_bytes(
            size, 'big')
        self.sock.sendall(head + mask + masked)

    def _take(self):
        """The next frame; nothing while it is not whole."""
        if len(self._read) < 2:
            return None
        first, second = self._read[:2]
        if first & 0x70 or first & 15 not in OPCODES or second & 0x80:
            raise Malformed(f'WebSocket frame {self._read[:2].hex()} (expected an opcode that is '
                            'known, no extension and no mask)')
        size = second & 127
        head = 2 + {126: 2, 127: 8}.get(size, 0)
        if len(self._read) < head:
            return None
        if head > 2:
            size = int.from_bytes(self._read[2:head], 'big')
        if size > MOST_BODY:
            raise Malformed(f'WebSocket frame of {size} octets (expected at most {MOST_BODY})')
        if len(self._read) < head + size:
            return None
        data, self._read = self._read[head:head + size], self._read[head + size:]
        return first & 0x80, first & 15, data

    def receive(self, limit):
        deadline = time.monotonic() + limit
        while True:
            frame = self._take()
            if frame is None:
                self._read += super().receive(deadline - time.monotonic())
                continue
            is_last, opcode, data = frame
            if opcode == PING:
                self._send_frame(PONG, data)
            elif opcode == CLOSE:
                self._send_frame(CLOSE, data[:2])
                raise Closed(int.from_bytes(data[:2], 'big') or 1005,
                             data[2:].decode('utf-8', 'replace'))
            elif opcode != PONG:
                if (opcode == CONTINUATION) != (self._message is not None):
                    raise Malformed('WebSocket fragments are out of order')
                self._message = (self._message or b'') + data
                if is_last:
                    data, self._message = self._message, None
                    return data

    def close(self, code=1000, reason=''):
        try:
            self._send_frame(CLOSE, struct.pack('>H', code) + reason.encode()[:100])
        except OSError:
            pass
        super().close()


class Subscription:
    """What comes for one subscription."""

    def __init__(self, client, number):
        self.client = client
        self.id = number

    def next(self, timeout=None):
        """The next MESSAGE. NotReceived when none comes within the client's timeout."""
        return self.client._wait(  # noqa: SLF001: one unit with Client
            lambda f: f.command == 'MESSAGE' and f.headers.get('subscription') == self.id,
            f'a MESSAGE of subscription {self.id!r}', timeout)


class Client:
    """Connects and waits for CONNECTED. Calls with a RECEIPT wait for it.

    url: ws://, wss://, stomp:// or stomp+ssl://; timeout: seconds of each wait; context: an
    ssl.SSLContext for TLS; headers: further ones of CONNECT, `login` and `passcode` for example."""

    def __init__(self, url, timeout=5, context=None, headers=None, subprotocols=('v12.stomp',),
                 handshake_headers=None):
        self.timeout = timeout
        self._frames = []
        self._reader = Reader()
        self._numbers = itertools.count(1)
        self._ended = None
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ('ws', 'wss', 'stomp', 'stomp+ssl'):
            raise ValueError(f'{url}: must begin with ws://, wss://, stomp:// or stomp+ssl://')
        sock = socket.create_connection((parts.hostname, parts.port), timeout=timeout)
        if parts.scheme in ('wss', 'stomp+ssl'):
            context = context or ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=parts.hostname)
        if parts.scheme.startswith('ws'):
            self._wire = _WebSocket(sock, parts, subprotocols, handshake_headers or {})
        else:
            self._wire = _Stream(sock)
        self.send_frame('CONNECT', {'accept-version': '1.2', 'host': parts.hostname,
                                    **(headers or {})})
        first = self._wait(lambda f: f.command in ('CONNECTED', 'ERROR'), 'CONNECTED')
        if first.command == 'ERROR':
            raise NotReceived(f'CONNECTED did not come, but {first}')
        self.connected = first

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def subscribe(self, destination, ack='auto', **headers):
        number = f'sub-{next(self._numbers)}'
        self._ask('SUBSCRIBE', {'id': number, 'destination': destination, 'ack': ack, **headers})
        return Subscription(self, number)

    def unsubscribe(self, subscription):
        self._ask('UNSUBSCRIBE', {'id': subscription.id})

    def send(self, destination, body='', headers=None):
        self._ask('SEND', {'destination': destination, **(headers or {})}, body)

    def ack(self, message):
        self._ask('ACK', {'id': message.headers['ack']})

    def nack(self, message):
        self._ask('NACK', {'id': message.headers['ack']})

    def begin(self):
        name = f'tx-{next(self._numbers)}'
        self._ask('BEGIN', {'transaction': name})
        return name

    def commit(self, transaction):
        self._ask('COMMIT', {'transaction': transaction})

    def abort(self, transaction):
        self._ask('ABORT', {'transaction': transaction})

    def error(self, timeout=None):
        """The next ERROR."""
        return self._wait(lambda f: f.command == 'ERROR', 'an ERROR', timeout)

    def closed(self, timeout=None):
        """Waits for the end of the connection; answers it."""
        try:
            self._wait(lambda f: False, 'the end of the connection', timeout)
        except Closed as end:
            return end
        return None

    def frames_left(self):
        """Those that came and that nobody has taken yet."""
        return list(self._frames)

    def disconnect(self):
        self._ask('DISCONNECT', {})
        self.close()

    def send_frame(self, command, headers, body=''):
        """Any frame, without waiting."""
        self._wire.send(encode(command, headers, body))

    def send_raw(self, octets):
        """Octets as one WebSocket message, or as they are."""
        self._wire.send(octets)

    def close(self):
        self._wire.close()

    def _ask(self, command, headers, body=''):
        receipt = f'r-{next(self._numbers)}'
        self.send_frame(command, {**headers, 'receipt': receipt}, body)
        answer = self._wait(lambda f: f.headers.get('receipt-id') == receipt
                            and f.command in ('RECEIPT', 'ERROR'), f'the RECEIPT of {command}')
        if answer.command == 'ERROR':
            raise NotReceived(f'the RECEIPT of {command} did not come, but {answer}')

    def _wait(self, wanted, name, timeout=None):
        limit = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + limit
        while True:
            for frame in self._frames:
                if wanted(frame):
                    self._frames.remove(frame)
                    return frame
            if self._ended:
                raise self._ended
            try:
                self._read(deadline - time.monotonic())
            except TimeoutError:
                came = ''.join(f'\n  came: {f}' for f in self._frames)
                raise NotReceived(f'{name} did not come within {limit} s{came}') from None

    def _read(self, limit):
        if limit <= 0:
            raise TimeoutError
        try:
            octets = self._wire.receive(limit)
            self._frames.extend(self._reader.feed(octets))
            if self._wire.in_messages:
                self._reader.end_of_message()
        except Closed as end:
            self._ended = end
        except Malformed as why:
            self._ended = Closed(1002, str(why))
            self._wire.close(1002, str(why))
