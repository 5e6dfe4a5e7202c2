"""STOMP frames as octets. Reading is as careful as that of the other clients of Pumphouse: what is
not as STOMP says is no frame."""
import collections
import json
import re

ESCAPES = {'\\': '\\\\', '\r': '\\r', '\n': '\\n', ':': '\\c'}
UNESCAPES = {escaped: plain for plain, escaped in ESCAPES.items()}
# What may be escaped in each version (STOMP 1.1 and 1.2, Value Encoding).
ESCAPES_OF = {'1.0': (), '1.1': ('\\\\', '\\n', '\\c'), '1.2': tuple(UNESCAPES)}
PLAIN = ('CONNECT', 'CONNECTED')  # not escaped
WITH_BODY = ('MESSAGE', 'ERROR')
MOST_HEADERS = 1000
MOST_LINE = 10 * 1024  # octets of a header
MOST_BODY = 100 * 1024 * 1024  # octets


class Malformed(ValueError):
    """What came is no STOMP frame; the text says why."""


class Frame(collections.namedtuple('Frame', 'command headers body')):
    """A STOMP frame. `headers` keeps the first of each name; `body` is text, octets that are no
    UTF-8 come as surrogates."""
    __slots__ = ()

    def __str__(self):
        headers = ' '.join(f'{k}={v!r}' for k, v in self.headers.items())
        return f'{self.command} {headers} body={self.body[:200]!r}'


def _escape(text):
    return ''.join(ESCAPES.get(c, c) for c in text)


def encode(command, headers, body=''):
    """The octets of a frame."""
    escape = str if command in PLAIN else _escape
    data = body.encode('utf-8', 'surrogateescape') if isinstance(body, str) else body
    lines = [command, *(f'{escape(str(k))}:{escape(str(v))}' for k, v in headers.items())]
    if b'\0' in data and 'content-length' not in headers:
        lines.append(f'content-length:{len(data)}')
    return '\n'.join(lines).encode() + b'\n\n' + data + b'\0'


def _quoted(text):
    return json.dumps(text if len(text) <= 60 else text[:57] + '...', ensure_ascii=False)


class Reader:
    """Octets of a server in, frames out. After Malformed it is of no more use."""

    def __init__(self):
        self._buffer = b''
        self._version = None  # until CONNECTED says it

    def feed(self, octets):
        """The frames that have become whole."""
        self._buffer += octets
        while frame := self._next():
            yield frame

    def end_of_message(self):
        """Of a WebSocket message, which a frame must not go beyond."""
        if self._buffer:
            raise Malformed('the message ended inside the frame (no NUL)')

    def _next(self):
        self._buffer = self._buffer.lstrip(b'\r\n')
        if self._buffer.startswith(b'\0'):
            raise Malformed('NUL between frames')
        end = re.search(rb'\n\r?\n', self._buffer)
        head = self._buffer[:end.start()] if end else self._buffer
        if b'\0' in head:
            raise Malformed('NUL in line ' + _quoted(
                head[:head.index(b'\0')].decode('utf-8', 'replace').split('\n')[-1]))
        if not end:
            if len(head) > MOST_HEADERS * MOST_LINE:
                raise Malformed(f'headers are above {MOST_HEADERS * MOST_LINE} octets')
            return None
        command, headers = self._head(head)
        body, rest = self._body(command, headers, self._buffer[end.end():])
        if body is None:
            return None
        self._buffer = rest
        if command == 'CONNECTED':
            self._version = headers.get('version', '1.0')
        return Frame(command, headers, body.decode('utf-8', 'surrogateescape'))

    def _head(self, octets):
        try:
            command, *lines = (line[:-1] if line.endswith('\r') else line
                               for line in octets.decode().split('\n'))
        except UnicodeDecodeError:
            raise Malformed('headers are not UTF-8') from None
        known = ('MESSAGE', 'RECEIPT', 'ERROR') if self._version else ('CONNECTED', 'ERROR')
        if command not in known:
            raise Malformed(f'command {_quoted(command)} (expected {", ".join(known[:-1])} '
                            f'or {known[-1]})')
        if len(lines) > MOST_HEADERS:
            raise Malformed(f'{command}: more than {MOST_HEADERS} headers')
        pairs = [self._header(command, line) for line in lines]
        lengths = {value for name, value in pairs if name == 'content-length'}
        if len(lengths) > 1:
            raise Malformed(f'{command}: content-length is ' + ' and '.join(sorted(lengths)))
        headers = dict(reversed(pairs))
        if command == 'RECEIPT' and 'receipt-id' not in headers:
            raise Malformed('RECEIPT without receipt-id')
        return command, {name: headers[name] for name, _ in pairs}

    def _header(self, command, line):
        name, colon, value = line.partition(':')
        if not name or not colon:
            raise Malformed(f'{command}: header line {_quoted(line)} (expected name:value)')
        if '\r' in line:
            raise Malformed(f'{command}: CR without LF in line {_quoted(line)}')
        if len(line) > MOST_LINE:
            raise Malformed(f'{command}: header line {_quoted(line)} is above {MOST_LINE} octets')
        version = self._version or '1.2'
        allowed = () if command in PLAIN else ESCAPES_OF.get(version, ())
        if not allowed:
            return name, value

        def plain(found):
            if found[0] not in allowed:
                raise Malformed(f'{command}: undefined escape in header line {_quoted(line)} '
                                f'for version {version}')
            return UNESCAPES[found[0]]

        return re.sub(r'\\.?', plain, name), re.sub(r'\\.?', plain, value)

    def _body(self, command, headers, rest):
        """The body and what is behind the frame; nothing while it is not whole."""
        length = headers.get('content-length')
        if length is None:
            size = rest.find(b'\0')
        elif not re.fullmatch('[0-9]{1,10}', length) or int(length) > MOST_BODY:
            raise Malformed(f'{command}: content-length {_quoted(length)} '
                            f'(expected a number up to {MOST_BODY})')
        else:
            size = int(length)
        if command not in WITH_BODY and rest and rest[0] != 0:
            raise Malformed(f'{command}: body (only MESSAGE and ERROR have one)')
        if length is None and (size if size >= 0 else len(rest)) > MOST_BODY:
            raise Malformed(f'{command}: body is above {MOST_BODY} octets')
        if size < 0 or len(rest) <= size:
            return None, rest
        if rest[size] != 0:
            raise Malformed(f'{command}: octet {_quoted(chr(rest[size]))} after {size} octets of '
                            'body (expected NUL)')
        return rest[:size], rest[size + 1:]
