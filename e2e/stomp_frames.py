"""A STOMP 1.2 client by hand: every call returns when the broker has done what it asks."""
import itertools
import socket
from typing import NamedTuple

LIMIT = 10
ESCAPES = (('\\', '\\\\'), ('\n', '\\n'), (':', '\\c'))


class Frame(NamedTuple):
    command: str
    headers: dict
    body: str


def escape(text):
    for plain, escaped in ESCAPES:
        text = text.replace(plain, escaped)
    return text


class Client:
    def __init__(self, port, **headers):
        self._stream = socket.create_connection(('127.0.0.1', port), timeout=LIMIT)
        self._read = b''
        self._messages = []
        self._numbers = itertools.count(1)
        self._say('CONNECT', {'accept-version': '1.2', 'host': 'localhost',
                              **{k.replace('_', '-'): v for k, v in headers.items()}})
        self._wait('CONNECTED')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()

    def send(self, destination, body, headers=None):
        self._ask('SEND', {'destination': destination, **(headers or {})}, body)

    def subscribe(self, destination, ack='auto', **headers):
        number = str(next(self._numbers))
        self._ask('SUBSCRIBE', {'destination': destination, 'id': number, 'ack': ack, **headers})
        return number

    def unsubscribe(self, number):
        self._ask('UNSUBSCRIBE', {'id': number})

    def nack(self, message):
        self._ask('NACK', {'id': message.headers['ack']})

    def message(self):
        """The next MESSAGE."""
        return self._messages.pop(0) if self._messages else self._wait('MESSAGE')

    def raw(self, octets):
        """As they are, without waiting."""
        self._stream.sendall(octets)

    def _say(self, command, headers, body=''):
        lines = [command, *(f'{escape(k)}:{escape(v)}' for k, v in headers.items()), '', body]
        self._stream.sendall('\n'.join(lines).encode() + b'\0')

    def _ask(self, command, headers, body=''):
        receipt = f'r{next(self._numbers)}'
        self._say(command, {**headers, 'receipt': receipt}, body)
        answer = self._wait('RECEIPT')
        assert answer.headers['receipt-id'] == receipt, answer

    def _wait(self, command):
        while True:
            frame = self._frame()
            if frame.command == command:
                return frame
            assert frame.command == 'MESSAGE', frame
            self._messages.append(frame)

    def _frame(self):
        while b'\0' not in self._read:
            part = self._stream.recv(65536)
            if not part:
                raise EOFError('the broker ended the connection')
            self._read += part
        text, _, self._read = self._read.partition(b'\0')
        head, _, body = text.decode().lstrip('\n').partition('\n\n')
        command, *lines = head.split('\n')
        headers = {}
        for line in lines:
            name, _, value = line.partition(':')
            headers.setdefault(name, value.replace('\\c', ':'))
        return Frame(command, headers, body)
