"""What the gateway answers over HTTP."""
import http.server
import json
import shutil
import threading

import pytest

import processes
import wire


def test_page_over_tls(house):
    answer = wire.get(house.page + '/', house.trust())
    assert answer.status == 200
    assert answer.headers['Content-Type'].startswith('text/html')
    assert answer.body == (house.example / 'www/index.html').read_bytes()
    script = wire.get(house.page + '/stomp.umd.min.js', house.trust())
    assert script.status == 200 and 'javascript' in script.headers['Content-Type']


def test_console_wants_a_login(house):
    answer = wire.get(house.console + '/')
    assert answer.status == 401
    assert answer.headers['WWW-Authenticate'].lower().startswith('basic realm="membrane"')
    assert wire.get(house.console + '/', login='admin:wrong').status == 401
    answer = wire.get(house.console + '/', login='admin:membrane')
    assert (answer.status, answer.headers['Location']) == (307, '/admin')
    answer = wire.get(house.console + '/admin/rest/streams', login='admin:membrane')
    assert json.loads(answer.body) == {'streams': [], 'total': 0}


def test_broker_console_wants_a_login(house):
    answer = wire.get(house.broker + '/admin/queues.jsp')
    assert answer.status == 401
    assert answer.headers['WWW-Authenticate'] == 'basic realm="ActiveMQRealm"'
    assert wire.get(house.broker + '/admin/queues.jsp', login='admin:admin').status == 200


def test_upgrade_is_relayed(house):
    answer = wire.get(house.page + '/', house.trust(), Sec_WebSocket_Protocol='v12.stomp',
                      **wire.UPGRADE)
    assert answer.status == 101
    assert answer.headers['Sec-WebSocket-Protocol'] == 'v12.stomp'


def test_upgrade_without_websocket_is_refused(house):
    port = house.gateway_service.port('0.0.0.0:4444')
    answer = wire.get(f'http://localhost:{port}/', **wire.UPGRADE)
    assert answer.status == 403
    assert json.loads(answer.body)['status'] == 403


def test_broker_down(services, complete_example):
    gateway = services(processes.make_gateway, complete_example / 'proxies.xml', wire.free_port())
    port = gateway.port('0.0.0.0:4443')
    context = processes.trust(complete_example)
    answer = wire.get(f'https://localhost:{port}/', context, **wire.UPGRADE)
    assert answer.status == 502
    assert answer.headers['Content-Type'] == 'application/problem+json'
    problem = json.loads(answer.body)
    assert (problem['status'], problem['title']) == (502, 'Bad Gateway')
    assert 'localhost' in problem['detail']
    # A person gets a page; the web page itself does not need the broker.
    answer = wire.get(f'https://localhost:{port}/', context, Accept='text/html', **wire.UPGRADE)
    assert answer.status == 502 and answer.headers['Content-Type'].startswith('text/html')
    assert wire.get(f'https://localhost:{port}/', context).status == 200


class KeptTarget:
    """Serves one request after the other on each connection, and counts both."""

    def __init__(self):
        target = self
        self.connections = self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def setup(self):
                super().setup()
                target.connections += 1

            def do_GET(self):
                target.requests += 1
                self.send_response(200)
                self.send_header('Content-Length', '2')
                if self.path == '/last':
                    # Closed without a word of it in the answer: the gateway has to notice.
                    self.close_connection = True
                self.end_headers()
                self.wfile.write(b'ok')

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def kept_target():
    target = KeptTarget()
    yield target
    target.close()


def test_connections_to_a_target_are_used_again(services, tmp_path, kept_target):
    (tmp_path / 'proxies.xml').write_text(
        '<spring:beans xmlns="http://membrane-soa.org/proxies/1/" '
        'xmlns:spring="http://www.springframework.org/schema/beans"><router>'
        '<serviceProxy name="through" port="8080"><target host="localhost" port="7000"/>'
        '</serviceProxy></router></spring:beans>')
    maps = ['--map-port', '8080=0', '--map-port', f'7000={kept_target.port}']
    gateway = services(lambda folder: processes.Service(
        'gateway', ['-c', tmp_path / 'proxies.xml', '--bind', '127.0.0.1', *maps], folder))
    through = f'http://localhost:{gateway.port("through")}'
    for _ in range(5):
        assert wire.get(through + '/').body == b'ok'
    assert (kept_target.connections, kept_target.requests) == (1, 5)
    for _ in range(5):
        assert wire.get(through + '/last').body == b'ok'
    assert kept_target.requests == 10


@pytest.fixture
def membrane_folder(tmp_path, complete_example):
    """Laid out like Membrane's distribution, with its kind of file."""
    home = tmp_path / 'membrane'
    folder = home / 'examples/web-sockets/websocket-stomp'
    folder.mkdir(parents=True)
    (home / 'conf').mkdir()
    shutil.copy(complete_example / 'membrane.p12', home / 'conf')
    shutil.copy(complete_example / 'membrane.p12', folder)
    (folder / 'index.html').write_text('<title>Membrane</title>')
    text = (complete_example / 'proxies.xml').read_text()
    text = text.replace('location="membrane.p12"', 'location="../../../conf/membrane.p12"')
    text = text.replace('docBase="www"', 'docBase="."')
    return folder, text


def test_layout_of_membrane(services, membrane_folder, complete_example):
    folder, text = membrane_folder
    (folder / 'proxies.xml').write_text(text)
    broker = services(processes.make_broker)
    gateway = services(processes.make_gateway, folder / 'proxies.xml', broker.port('ws'))
    page = f'https://localhost:{gateway.port("0.0.0.0:4443")}'
    context = processes.trust(complete_example)
    assert wire.get(page + '/', context).body == b'<title>Membrane</title>'
    for secret in ('proxies.xml', 'membrane.p12', 'MEMBRANE.P12', '%6dembrane.p12', './proxies.xml',
                   '../../../conf/membrane.p12', '..%2f..%2f..%2fconf/membrane.p12'):
        answer = wire.get(f'{page}/{secret}', context)
        assert answer.status in (404, 400), f'{secret}: {answer.status}'
        if '..' not in secret:
            assert answer.status == 404, secret
        assert b'secret' not in answer.body
    assert wire.get(page + '/', context, **wire.UPGRADE).status == 101


def test_if_around_the_websocket(services, membrane_folder, complete_example):
    folder, text = membrane_folder
    socket = '<webSocket url="http://localhost:61614/" />'
    assert socket in text
    condition = "exc.request.header.getFirstValue('Upgrade') == 'websocket'"
    (folder / 'proxies.xml').write_text(
        text.replace(socket, f'<if test="{condition}">{socket}</if>'))
    broker = services(processes.make_broker)
    gateway = services(processes.make_gateway, folder / 'proxies.xml', broker.port('ws'))
    page = f'https://localhost:{gateway.port("0.0.0.0:4443")}/'
    context = processes.trust(complete_example)
    assert wire.get(page, context, **wire.UPGRADE).status == 101
    assert wire.get(page, context).body == b'<title>Membrane</title>'
    assert wire.get(page, context, Upgrade='h2c', Connection='Upgrade').status == 200
