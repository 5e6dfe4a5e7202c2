"""The walkthrough with stomp-client in place of the browser, and a foreign client over TCP."""
import base64
import json
import subprocess
import threading
from xml.etree import ElementTree

import pytest
import stomp

import processes
import wire

LIMIT = 20


def client(*arguments, stdin=None):
    return subprocess.run([processes.BINARIES / 'stomp-client', *map(str, arguments)], input=stdin,
                          capture_output=True, timeout=LIMIT)


def streams(house):
    answer = wire.get(house.console + '/admin/rest/streams', login='admin:membrane')
    return json.loads(answer.body)['streams']


def pending(house, name):
    """How many messages the broker's console counts in a queue; None when there is none."""
    lists = ElementTree.fromstring(
        wire.get(house.broker + '/admin/xml/queues.jsp', login='admin:admin').body.strip())
    stats = lists.find(f"queue[@name='{name}']/stats")
    return None if stats is None else int(stats.get('size'))


def test_ping_through_the_gateway(house):
    result = client(house.wss, 'ping', '--cacert', house.certificate, '--json')
    assert result.returncode == 0, result.stderr
    frame = json.loads(result.stdout)
    assert (frame['command'], frame['headers']['version']) == ('CONNECTED', '1.2')


def test_certificate_is_checked(house):
    result = client(house.wss, 'ping')
    assert result.returncode == 3
    assert b'certificate' in result.stderr
    assert client(house.wss, 'ping', '--insecure').returncode == 0


BODY = 'Hello, naïve & <b>bold</b> 😀\nsecond line'


def test_send_then_subscribe(house):
    sent = client(house.wss, 'send', '/queue/foo', BODY, '--cacert', house.certificate,
                  '--header', 'colour:blue: dark')
    assert (sent.returncode, sent.stdout) == (0, b''), sent.stderr
    assert pending(house, 'foo') == 1
    got = client(house.wss, 'subscribe', '/queue/foo', '--count', 1, '--json', '--insecure')
    assert got.returncode == 0, got.stderr
    frame = json.loads(got.stdout)
    assert frame['command'] == 'MESSAGE'
    assert frame['body'] == BODY
    assert frame['headers']['destination'] == '/queue/foo'
    assert frame['headers']['colour'] == 'blue: dark'
    assert pending(house, 'foo') == 0


# ActiveMQ ignores binary WebSocket messages; the other profile takes them.
@pytest.mark.broker('strict')
def test_binary_body(house):
    octets = bytes(range(256))
    sent = client(house.wss, 'send', '/queue/bin', '-', '--insecure', stdin=octets)
    assert sent.returncode == 0, sent.stderr
    got = client(house.wss, 'subscribe', '/queue/bin', '--count', 1, '--json', '--insecure')
    assert base64.b64decode(json.loads(got.stdout)['bodyBase64']) == octets


def test_file_that_holds_a_dash_is_a_body(house, tmp_path):
    dash = tmp_path / 'dash'
    dash.write_text('-')
    sent = client(house.wss, 'send', '/queue/dash', '--file', dash, '--insecure', stdin=b'not this')
    assert sent.returncode == 0, sent.stderr
    got = client(house.wss, 'subscribe', '/queue/dash', '--count', 1, '--json', '--insecure')
    assert json.loads(got.stdout)['body'] == '-'


def test_subscriber_is_two_pumps(house):
    """The walkthrough without a browser: pumps appear, count what is delivered, and go."""
    assert streams(house) == []
    subscriber = subprocess.Popen(
        [processes.BINARIES / 'stomp-client', house.wss, 'subscribe', '/queue/foo', '--count', '2',
         '--receipt', '--json', '--insecure', '--heartbeat', '0,0', '--timeout', str(LIMIT)],
        stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(subscriber.stdout.readline())['command'] == 'RECEIPT'
        to_broker, to_client = streams(house)
        assert ' -> localhost/127.0.0.1:' in to_broker['name']
        assert to_client['name'] == to_broker['name'].replace('->', '<-')
        body = 'x' * 1000
        assert client(f'stomp://localhost:{house.broker_service.port("stomp")}', 'send',
                      '/queue/foo', body).returncode == 0
        frame = json.loads(subscriber.stdout.readline())
        assert frame['body'] == body
        grown = next(s['bytes'] for s in streams(house) if s['name'] == to_client['name'])
        grown -= to_client['bytes']
        # COMMAND, each header line, blank line, body, NUL, and a frame header of four octets.
        exact = 4 + len('MESSAGE\n') + len('\n') + len(body) + 1 + sum(
            len(f'{escaped(k)}:{escaped(v)}\n'.encode()) for k, v in frame['headers'].items())
        assert grown == exact
        assert client(house.wss, 'send', '/queue/foo', 'last', '--insecure').returncode == 0
        assert subscriber.wait(timeout=LIMIT) == 0
    finally:
        subscriber.kill()
        subscriber.stdout.close()
    assert gone(house)


def escaped(text):
    return text.replace('\\', '\\\\').replace('\r', '\\r').replace('\n', '\\n').replace(':', '\\c')


def gone(house):
    """Asks until no pump is left; the client's end and ours are not the same moment."""
    for _ in range(1000):
        if not streams(house):
            return True
    return False


@pytest.mark.parametrize('arguments, code', [
    (['http://localhost/', 'ping'], 2),
    (['ws://localhost:1/'], 2),
    (['ws://localhost:1/', 'subscribe'], 2),
])
def test_usage(arguments, code):
    assert client(*arguments).returncode == code


def test_nobody_there():
    result = client(f'ws://127.0.0.1:{wire.free_port()}/', 'ping')
    assert result.returncode == 3
    assert len(result.stderr.splitlines()) == 1


def test_timeout(house):
    result = client(house.wss, 'subscribe', '/queue/empty', '--count', 1, '--timeout', 0.3,
                    '--insecure')
    assert result.returncode == 4


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.frames = []
        self.arrived = threading.Event()

    def on_message(self, frame):
        self.frames.append(frame)
        self.arrived.set()


@pytest.mark.parametrize('kind', [stomp.Connection10, stomp.Connection11, stomp.Connection12])
def test_foreign_client_over_tcp(house, kind):
    connection = kind([('127.0.0.1', house.broker_service.port('stomp'))])
    listener = Listener()
    connection.set_listener('', listener)
    connection.connect('system', 'manager', wait=True)
    options = {} if kind is stomp.Connection10 else {'id': 1}
    connection.subscribe('/queue/python', ack='auto', **options)
    connection.send('/queue/python', BODY, headers={'colour': 'blue'})
    assert listener.arrived.wait(LIMIT)
    frame, = listener.frames
    assert frame.body == BODY
    assert frame.headers['colour'] == 'blue'
    connection.disconnect()
