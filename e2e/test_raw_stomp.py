"""examples/raw-stomp as a person starts it: STOMP over TCP, our client and a foreign one, and what
is said to those who are not let through."""
import json
import queue
import re
import socket
import subprocess

import pytest
import stomp

import processes
import stomp_frames
import wire

EXAMPLE = processes.ROOT / 'examples/raw-stomp'
LIMIT = 20


class Ways:
    """A gateway with the example's file in front of a broker."""

    def __init__(self, services, broker_port):
        options = ['--bind', '127.0.0.1', '--drain-time', 2, '--map-port=61620=0', '--map-port=9000=0',
                   f'--map-port=61613={broker_port}']
        script = EXAMPLE / 'service-proxy.sh'
        self.gateway = services(
            lambda folder: processes.Service('gateway', options, folder, script))
        self.port = self.gateway.port('STOMP')
        self.url = f'stomp://127.0.0.1:{self.port}'

    def streams(self):
        url = f'http://127.0.0.1:{self.gateway.port("Console")}/admin/rest/streams'
        return json.loads(wire.get(url, login='admin:membrane').body)['streams']

    def talk(self, octets):
        """Everything that comes back."""
        with socket.create_connection(('127.0.0.1', self.port), timeout=LIMIT) as stream:
            stream.sendall(octets)
            got = b''
            while part := stream.recv(4096):
                got += part
            return got


@pytest.fixture
def broker(services):
    return services(processes.make_broker)


@pytest.fixture
def ways(services, broker):
    return Ways(services, broker.port('stomp'))


def client(*arguments):
    return subprocess.run([processes.BINARIES / 'stomp-client', *map(str, arguments)],
                          capture_output=True, timeout=LIMIT)


def test_the_listener_says_what_it_speaks(ways):
    listener = next(x for x in ways.gateway.listeners if 'STOMP' in x['proxies'])
    assert listener['url'] == f'stomp://localhost:{ways.port}/'


@pytest.mark.parametrize('command', [b'CONNECT', b'STOMP'])
def test_both_commands_log_in(ways, command):
    with socket.create_connection(('127.0.0.1', ways.port), timeout=LIMIT) as stream:
        stream.sendall(command + b'\naccept-version:1.2\nhost:localhost\n\n\0')
        got = b''
        while b'\0' not in got:
            got += stream.recv(4096)
    assert got.startswith(b'CONNECTED\n') and b'\nversion:1.2\n' in got
    assert b'HTTP/' not in got


def test_our_client_sends_and_gets(ways):
    sent = client(ways.url, 'send', '/queue/foo', 'hello')
    assert sent.returncode == 0, sent.stderr
    got = client(ways.url, 'subscribe', '/queue/foo', '--count', 1, '--json')
    assert got.returncode == 0, got.stderr
    frame = json.loads(got.stdout)
    assert frame['command'] == 'MESSAGE'


def test_a_listener_without_a_login_hears_a_sender_without_one(ways):
    with stomp_frames.Client(ways.port) as listener:
        listener.subscribe('/queue/foo')
        sent = client(ways.url, 'send', '/queue/foo', 'hello')
        assert sent.returncode == 0, sent.stderr
        assert listener.message().body == 'hello'


class Heard(stomp.ConnectionListener):
    def __init__(self):
        self.events = queue.Queue()

    def on_message(self, frame):
        self.events.put(('message', frame.body))

    def on_error(self, frame):
        self.events.put(('error', frame.headers['message'], frame.body))


def test_a_foreign_client_sends_and_gets(ways):
    heard = Heard()
    connection = stomp.Connection12([('127.0.0.1', ways.port)])
    connection.set_listener('', heard)
    connection.connect('me', 'secret', wait=True)
    connection.subscribe('/queue/foo', id='1')
    connection.send('/queue/foo', 'naïve 😀')
    assert heard.events.get(timeout=LIMIT) == ('message', 'naïve 😀')
    connection.disconnect()


def test_pumps_are_listed_with_their_octets(ways):
    assert ways.streams() == []
    with stomp_frames.Client(ways.port) as c:
        c.subscribe('/queue/foo')
        up, down = ways.streams()
        assert re.fullmatch(r'STOMP /127\.0\.0\.1:\d+ -> localhost/127\.0\.0\.1:\d+', up['name'])
        assert re.fullmatch(r'STOMP /127\.0\.0\.1:\d+ <- localhost/127\.0\.0\.1:\d+', down['name'])
        c.send('/queue/foo', 'x' * 1000)
        c.message()
        later = ways.streams()
        assert later[0]['bytes'] > up['bytes'] + 1000
        assert later[1]['bytes'] > down['bytes'] + 1000


def test_a_guest_is_refused_in_stomp(ways):
    got = ways.talk(b'CONNECT\nlogin:guest\npasscode:guest\n\n\0')
    assert got.startswith(b'ERROR\nmessage:Forbidden\n')
    assert b'\ncontent-type:text/plain\n' in got
    assert got.endswith(b'\n\nGuests are not let in.\0')


def test_a_foreign_client_understands_the_refusal(ways):
    heard = Heard()
    connection = stomp.Connection11([('127.0.0.1', ways.port)], reconnect_attempts_max=1)
    connection.set_listener('', heard)
    with pytest.raises(stomp.exception.ConnectFailedException):
        connection.connect('guest', 'guest', wait=True)
    assert heard.events.get(timeout=LIMIT)[:2] == ('error', 'Forbidden')


def test_a_browser_of_http_is_told(ways):
    got = ways.talk(b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert got.startswith(b'ERROR\n') and b'HTTP request' in got
    ways.gateway.wait_for_log('this connection began with an HTTP request')


def test_the_log_has_the_login_without_its_secrets(ways):
    client(ways.url, 'ping', '--login', 'me', '--passcode', 'sesame')
    log = ways.gateway.wait_for_log('CONNECT')
    assert 'sesame' not in log


def test_a_broker_that_is_down_is_named(services):
    with socket.socket() as nobody:
        nobody.bind(('127.0.0.1', 0))
        port = nobody.getsockname()[1]
        ways = Ways(services, port)
        got = ways.talk(b'CONNECT\nlogin:me\n\n\0')
    assert got.startswith(b'ERROR\nmessage:Bad Gateway\n')
    assert f'Cannot connect to localhost:{port}'.encode() in got


def test_a_client_ends_when_the_gateway_does(ways):
    with socket.create_connection(('127.0.0.1', ways.port), timeout=LIMIT) as stream:
        stream.sendall(b'CONNECT\nlogin:me\n\n\0')
        assert stream.recv(4096).startswith(b'CONNECTED')
        assert ways.gateway.stop() == 0
        assert stream.recv(4096) == b''
