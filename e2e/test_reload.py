"""A file that is changed while the gateway runs."""
import json
import shutil
import signal
import ssl
import subprocess

import pytest

import processes
import wire
from origins import Origins

LOADED = 'runs by the changed configuration'
REFUSED = 'the changed configuration was not loaded'
PAGE = '<webServer docBase="www" index="index.html" />'


@pytest.fixture(params=[1, 2], ids=['one worker', 'two workers'])
def house(request, services, complete_example, tmp_path):
    folder = tmp_path / 'example'
    shutil.copytree(complete_example, folder)
    broker = services(processes.make_broker)
    gateway = services(processes.make_gateway, folder / 'proxies.xml', broker.port('ws'),
                       extra=['--threads', request.param])
    return Origins(broker, gateway, folder)


def edit(house, old, new):
    """As an editor does that writes in place."""
    file = house.example / 'proxies.xml'
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def page(house):
    return wire.get(house.page + '/', house.trust())


def test_saved_file_is_loaded(house):
    assert b'STOMP' in page(house).body
    edit(house, PAGE, '<static>changed</static><return status="203" />')
    house.gateway_service.wait_for_log(LOADED)
    answer = page(house)
    assert (answer.status, answer.body) == (203, b'changed')
    edit(house, 'changed<', 'again<')
    house.gateway_service.wait_for_log(LOADED, times=2)
    assert page(house).body == b'again'


def test_all_workers_run_one_configuration(house):
    edit(house, PAGE, '<counter name="all" />')
    house.gateway_service.wait_for_log(LOADED)
    pages = [page(house).body.decode() for _ in range(16)]  # each on a connection of its own
    for number, text in enumerate(pages, 1):
        assert f'Requests: {number}<' in text


def test_broken_file_changes_nothing(house):
    before = page(house).body
    edit(house, 'webServer', 'webServr')
    log = house.gateway_service.wait_for_log(REFUSED)
    assert "proxies.xml:23:4: <webServr>: is not known; did you mean 'webServer'?" in log
    assert page(house).body == before
    console = wire.get(house.console + '/admin', login='admin:membrane').body.decode()
    assert 'was not loaded' in console and '&lt;webServr&gt;' in console
    edit(house, 'webServr', 'webServer')
    house.gateway_service.wait_for_log(LOADED)
    assert page(house).body == before
    console = wire.get(house.console + '/admin', login='admin:membrane').body.decode()
    assert 'was not loaded' not in console


def test_hangup_loads_the_file(house):
    edit(house, '<router>', '<router><configuration hotDeploy="false" />')
    house.gateway_service.wait_for_log(LOADED)
    edit(house, PAGE, '<return status="204" />')
    house.gateway_service.process.send_signal(signal.SIGHUP)
    log = house.gateway_service.wait_for_log(LOADED, times=2)
    assert page(house).status == 204
    assert 'SIGHUP' in log
    assert log.count('changed on disk') == 1


def test_changed_certificate_is_noticed(house):
    port = house.gateway_service.port('0.0.0.0:4443')
    before = ssl.get_server_certificate(('localhost', port))
    for name in ('membrane.p12', 'membrane.pem'):
        (house.example / name).unlink()
    processes.make_certificate(house.example / 'membrane.p12')
    house.gateway_service.wait_for_log(LOADED)
    assert ssl.get_server_certificate(('localhost', port)) != before
    assert page(house).status == 200  # trusted by the new file


def test_a_tunnel_outlives_the_change_of_another_proxy(house):
    command = [processes.BINARIES / 'stomp-client', house.wss, 'subscribe', '/queue/foo', '--count',
               '1', '--receipt', '--json', '--insecure', '--timeout', '20']
    subscriber = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(subscriber.stdout.readline())['command'] == 'RECEIPT'
        edit(house, PAGE, '<return status="204" />')
        house.gateway_service.wait_for_log(LOADED)
        sent = subprocess.run([processes.BINARIES / 'stomp-client', house.wss, 'send', '/queue/foo',
                               'still there', '--insecure'], timeout=20)
        assert sent.returncode == 0
        assert json.loads(subscriber.stdout.readline())['body'] == 'still there'
        assert subscriber.wait(timeout=20) == 0
    finally:
        subscriber.kill()
        subscriber.stdout.close()
