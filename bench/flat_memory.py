"""Moves a big body up and a big body down through the gateway, to peers that are slower than the
senders, and looks at the gateway's peak memory (VmHWM): it must not grow with the body.

usage: flat_memory.py [MIB]    MIB (1024) each way; exit code 1 above 16 MiB of growth
"""
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
if 'PUMPHOUSE_BIN' not in os.environ and not (ROOT / 'build/release/bin/gateway').exists():
    os.environ['PUMPHOUSE_BIN'] = str(ROOT / 'build/dev/bin')
sys.path.insert(0, str(ROOT / 'e2e'))
import processes  # noqa: E402
import wire  # noqa: E402

MIB = 1 << 20
ALLOWED = 16 * MIB
LIMIT = 60  # seconds without progress
SENT_AT_ONCE = MIB
READ_AT_ONCE = 8 * 1024
RECEIVE_BUFFER = 16 * 1024
WRITTEN_PORT = 7000
CONFIG = f"""<spring:beans xmlns="http://membrane-soa.org/proxies/1/"
    xmlns:spring="http://www.springframework.org/schema/beans"><router>
  <serviceProxy name="through" port="8080"><target host="localhost" port="{WRITTEN_PORT}"/></serviceProxy>
</router></spring:beans>
"""
PIECE = bytes(range(256)) * (SENT_AT_ONCE // 256)


def checksum(mib):
    value = 0
    for _ in range(mib):
        value = zlib.crc32(PIECE, value)
    return value


class Sink:
    """Counts and sums octets."""

    def __init__(self):
        self.size = self.sum = 0

    def add(self, octets):
        self.size += len(octets)
        self.sum = zlib.crc32(octets, self.sum)


def read_length(stream, sink, length, have):
    sink.add(have)
    while sink.size < length:
        part = stream.recv(READ_AT_ONCE)
        if not part:
            raise EOFError(f'{sink.size} of {length} octets')
        sink.add(part)


def read_chunks(stream, sink, have):
    """A chunked body that begins with `have`."""
    with stream.makefile('rb', READ_AT_ONCE) as rest:
        begun = bytearray(have)

        def line():
            while b'\n' not in begun:
                begun.extend(rest.readline())
            end = begun.index(b'\n') + 1
            got = bytes(begun[:end])
            del begun[:end]
            return got

        while size := int(line(), 16):
            take = begun[:size]
            del begun[:size]
            sink.add(take)
            size -= len(take)
            while size:
                part = rest.read(min(size, READ_AT_ONCE))
                sink.add(part)
                size -= len(part)
            line()
        line()


class Upstream:
    """Takes a body and says what it was, or sends the MiB that the target asks for in chunks."""

    def __init__(self):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            stream, _ = self._listener.accept()
            with stream:
                stream.settimeout(LIMIT)
                head, _, rest = wire.read_head(stream)
                line, *fields = head.split(b'\r\n')
                if line.startswith(b'POST'):
                    self._take(stream, fields, rest)
                else:
                    self._give(stream, int(line.split()[1].lstrip(b'/')))

    @staticmethod
    def _take(stream, fields, rest):
        length = next(int(f.split(b':')[1]) for f in fields
                      if f.lower().startswith(b'content-length:'))
        sink = Sink()
        read_length(stream, sink, length, rest)
        text = f'{sink.size} {sink.sum}'.encode()
        stream.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b'
                       % (len(text), text))

    @staticmethod
    def _give(stream, mib):
        stream.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n'
                       b'Transfer-Encoding: chunked\r\n\r\n')
        for _ in range(mib):
            stream.sendall(b'%x\r\n%b\r\n' % (len(PIECE), PIECE))
        stream.sendall(b'0\r\n\r\n')


def connect(port):
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    stream.settimeout(LIMIT)
    stream.connect(('127.0.0.1', port))
    return stream


def upload(port, mib):
    with connect(port) as stream:
        stream.sendall(b'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d'
                       b'\r\n\r\n' % (mib * MIB))
        for _ in range(mib):
            stream.sendall(PIECE)
        head, _, rest = wire.read_head(stream)
        while part := stream.recv(READ_AT_ONCE):
            rest += part
    return head.startswith(b'HTTP/1.1 200') and rest == f'{mib * MIB} {checksum(mib)}'.encode()


def download(port, mib):
    sink = Sink()
    with connect(port) as stream:
        stream.sendall(b'GET /%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' % mib)
        head, _, rest = wire.read_head(stream)
        read_chunks(stream, sink, rest)
    return head.startswith(b'HTTP/1.1 200') and (sink.size, sink.sum) == (mib * MIB, checksum(mib))


def peak(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmHWM:'):
            return int(line.split()[1]) * 1024
    raise ValueError('no VmHWM line')


def main(arguments):
    mib = int(arguments[0]) if arguments else 1024
    upstream = Upstream()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / 'proxies.xml'
        config.write_text(CONFIG)
        gateway = processes.Service(
            'gateway', ['-c', config, '--bind', '127.0.0.1', '--map-port', '8080=0',
                        '--map-port', f'{WRITTEN_PORT}={upstream.port}'], folder)
        try:
            port, pid = gateway.port('through'), gateway.process.pid
            # Small ones first, so that what every process needs once is not counted.
            good = upload(port, 1) and download(port, 1)
            before = peak(pid)
            for name, move in (('upload', upload), ('download', download)):
                begin = time.monotonic()
                good = move(port, mib) and good
                took = time.monotonic() - begin
                print(f'{name:8} {mib} MiB in {took:.1f} s, peak {peak(pid) / MIB:.1f} MiB')
            after = peak(pid)
        finally:
            gateway.stop()
    print(f'peak before {before / MIB:.1f} MiB, after {after / MIB:.1f} MiB')
    if not good:
        print('a body did not arrive as it was sent', file=sys.stderr)
    return 0 if good and after - before <= ALLOWED else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
