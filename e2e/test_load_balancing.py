"""examples/load-balancing as a person starts it: two brokers, one dies under load and comes back."""
import base64
import concurrent.futures
import json
import subprocess
import urllib.request

import pytest

import processes
import wire

EXAMPLE = processes.ROOT / 'examples/load-balancing'
CLIENT = processes.BINARIES / 'stomp-client'


class Place:
    """The gateway and its two brokers."""

    def __init__(self, services):
        self.services = services
        self.brokers = [self.start_broker(name) for name in ('first', 'second')]
        options = ['--bind', '127.0.0.1', '--drain-time', 1]
        for written, real in [(9090, 0), (9010, 0), (9000, 0), (61614, self.brokers[0].port('ws')),
                              (61624, self.brokers[1].port('ws'))]:
            options += ['--map-port', f'{written}={real}']
        script = EXAMPLE / 'service-proxy.sh'
        self.gateway = services(lambda folder: processes.Service('gateway', options, folder, script))
        self.url = f'ws://localhost:{self.gateway.port("Brokers")}/'

    def start_broker(self, name, **ports):
        return self.services(lambda folder: processes.make_broker(folder / name, **ports))

    def ask(self, proxy, target, **headers):
        request = urllib.request.Request(f'http://127.0.0.1:{self.gateway.port(proxy)}{target}', headers=headers)
        with urllib.request.urlopen(request, timeout=wire.LIMIT) as answer:
            return answer.status, answer.read().decode()

    def nodes(self):
        login = base64.b64encode(b'admin:membrane').decode()
        text = self.ask('Console', '/admin/rest/balancers', Authorization=f'Basic {login}')[1]
        return json.loads(text)['balancers'][0]['nodes']

    def queues(self, broker):
        url = f'http://127.0.0.1:{broker.port("console")}/admin/xml/queues.jsp'
        return wire.get(url, login='admin:admin').body.decode()

    def wait_for_log(self, text, times=1):
        return self.gateway.wait_for_log(text, times)

    def subscribe(self):
        return subprocess.Popen([CLIENT, self.url, 'subscribe', '/queue/foo'], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def send(self, number):
        sent = subprocess.run([CLIENT, self.url, 'send', '/queue/foo', f'message {number}'], text=True,
                              capture_output=True, timeout=60)
        return sent.returncode, sent.stderr


@pytest.fixture
def place(services):
    return Place(services)


def test_websockets_go_to_both_brokers_in_turn(place):
    for number in range(4):
        assert place.send(number) == (0, '')
    assert [node['count'] for node in place.nodes()] == [2, 2]
    assert [node['status'] for node in place.nodes()] == ['UP', 'UP']


def test_nobody_notices_a_broker_that_is_killed_under_load(place):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        before = [pool.submit(place.send, number) for number in range(20)]
        concurrent.futures.wait(before)
        assert {done.result() for done in before} == {(0, '')}
        during = [pool.submit(place.send, number) for number in range(20, 60)]
        during[5].result()
        place.brokers[1].kill()
        results = [done.result() for done in during]
        after = [pool.submit(place.send, number) for number in range(60, 80)]
        assert {done.result() for done in after} == {(0, '')}
    # Who was in the middle of it lost a connection: at most one for each of the four threads.
    lost = [result for result in results if result[0] != 0]
    assert len(lost) <= 4, lost
    counts = [node['count'] for node in place.nodes()]
    assert counts[0] >= 80 - counts[1] - 4 and counts[1] >= 10


def test_a_websocket_of_a_killed_broker_ends_and_the_broker_comes_back(place):
    clients = [place.subscribe(), place.subscribe()]
    try:
        while not all('consumerCount="1"' in place.queues(broker) for broker in place.brokers):
            assert all(client.poll() is None for client in clients)
        port = place.brokers[1].port('ws')
        place.brokers[1].kill()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            waits = {pool.submit(client.wait, 60): client for client in clients}
            first = next(concurrent.futures.as_completed(waits))
            assert first.result() != 0
            assert '1011' in waits[first].stderr.read()
            for client in clients:
                client.kill()
        place.wait_for_log(f'localhost:{port} is down')
        assert [node['status'] for node in place.nodes()] == ['UP', 'DOWN']
        place.brokers[1] = place.start_broker('again', ws=port)
        place.wait_for_log(f'localhost:{port} is back')
        assert [node['status'] for node in place.nodes()] == ['UP', 'UP']
    finally:
        for client in clients:
            client.kill()
            client.communicate()


def test_an_operator_takes_a_broker_out_and_puts_it_back(place):
    port = place.brokers[1].port('ws')
    query = f'balancer=brokers&host=localhost&port={port}'
    assert place.ask('Operators', f'/clustermanager/takeout?{query}')[0] == 204
    for number in range(3):
        assert place.send(number) == (0, '')
    assert [node['count'] for node in place.nodes()] == [3, 0]
    assert place.ask('Operators', f'/clustermanager/up?{query}')[0] == 204
    for number in range(2):
        assert place.send(number) == (0, '')
    assert [node['count'] for node in place.nodes()] == [4, 1]
