"""The websocket-stomp example as it was written over the years, from test and script to today."""
import json
import subprocess

import pytest

import processes
import wire
from origins import Origins


@pytest.fixture(params=['proxies.xml', 'proxies-2015-if-groovy.xml',
                        'proxies-2015-web-server.xml'])
def form(request, services, complete_example):
    broker = services(processes.make_broker)
    gateway = services(processes.make_gateway, complete_example / request.param,
                       broker.port('ws'))
    return Origins(broker, gateway, complete_example)


def test_page_socket_and_pumps(form):
    page = wire.get(form.page + '/', form.trust())
    assert (page.status, page.body) == (200, (form.example / 'www/index.html').read_bytes())
    command = [processes.BINARIES / 'stomp-client', form.wss, '--cacert', form.certificate]
    receiver = subprocess.Popen([*command, 'subscribe', '/queue/foo', '--count', '1', '--timeout',
                                 '20'], stdout=subprocess.PIPE, text=True)
    try:
        subprocess.run([*command, 'send', '/queue/foo', 'Hello', '--receipt'], check=True,
                       timeout=20)
        out, _ = receiver.communicate(timeout=25)
    finally:
        receiver.kill()
    assert receiver.returncode == 0
    assert 'Hello' in out


def test_pumps_are_listed(form):
    with wire.WebSocket(form.page_port, form.trust()) as socket:
        socket.send_text('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0')
        assert socket.receive()[1].startswith(b'CONNECTED')
        rows = json.loads(wire.get(form.console + '/admin/rest/streams',
                                   login='admin:membrane').body)
    assert rows['total'] == 2
    assert ' -> ' in rows['streams'][0]['name'] and ' <- ' in rows['streams'][1]['name']
