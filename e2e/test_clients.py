"""Foreign clients play common scenarios; clients/expected.csv says what comes of each.

With --activemq the column `activemq` is played on the broker of `ci/activemq run`.
"""
import concurrent.futures
import csv
import sys

import pytest

import processes
from conftest import ARTIFACTS

sys.path.insert(0, str(processes.ROOT / 'e2e/clients'))
import player  # noqa: E402 (found through the line above)

PROFILES = ('strict', 'activemq')
KEY = ('scenario', 'client', 'transport')
FOLDER = ARTIFACTS / 'clients'
PLAYED = [(scenario, *party) for scenario in player.SCENARIOS for party in player.PARTIES]


def table():
    with (processes.ROOT / 'e2e/clients/expected.csv').open(newline='') as file:
        return {tuple(row[name] for name in KEY): row for row in csv.DictReader(file)}


TABLE = table()


def play(stomp, ws, example, folder):
    """What came of all scenarios, with all clients at the same time, on a broker with these ports and
    through a gateway in front of it."""
    modules = processes.fetch_modules('@stomp/stompjs', 'stompjs', 'ws')
    environment = {'NODE_PATH': str(modules), 'NODE_EXTRA_CA_CERTS': str(example / 'membrane.pem')}
    gateway = processes.make_gateway(folder, example / 'proxies.xml', ws)
    ports = {'tcp': stomp, 'ws': ws, 'wss': gateway.port('0.0.0.0:4443')}
    results = {}
    try:
        with (folder / 'drivers.log').open('w') as log, concurrent.futures.ThreadPoolExecutor() as pool:
            for result in pool.map(lambda client: player.play(client, ports, environment, log), player.CLIENTS):
                results.update(result)
    finally:
        gateway.kill()
    return results


def play_on_mock(profile, example):
    # Only the strict one knows its users: the stock ActiveMQ takes any.
    extra = ['--user', 'system:manager'] if profile == 'strict' else []
    broker = processes.make_broker(FOLDER / profile, profile, extra)
    try:
        return play(broker.port('stomp'), broker.port('ws'), example, FOLDER / profile)
    finally:
        broker.kill()


@pytest.fixture(scope='session')
def results(request, complete_example):
    """By profile. They are left in artifacts/clients/results.csv, in the form of the table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if request.config.getoption('--activemq'):
        ready = processes.activemq_ports()
        played = {'activemq': play(ready['stomp'], ready['ws'], complete_example, FOLDER / 'real')}
    else:
        played = {profile: play_on_mock(profile, complete_example) for profile in PROFILES}
    with (FOLDER / 'results.csv').open('w', newline='') as file:
        rows = csv.DictWriter(file, [*KEY, *PROFILES], lineterminator='\n')
        rows.writeheader()
        for key in PLAYED:
            seen = {profile: result[key] for profile, result in played.items()}
            rows.writerow({**dict(zip(KEY, key)), **TABLE.get(key, {}), **seen})
    return played


def pytest_generate_tests(metafunc):
    if 'profile' in metafunc.fixturenames:
        metafunc.parametrize('profile', PROFILES[1:] if metafunc.config.getoption('--activemq') else PROFILES)


@pytest.mark.parametrize('scenario, client, transport', PLAYED)
def test_client(results, scenario, client, transport, profile):
    key = scenario, client, transport
    assert key in TABLE, f'no row for this; {results[profile][key]!r} came of it'
    assert results[profile][key] == TABLE[key][profile]


def test_every_row_is_played():
    assert not TABLE.keys() - set(PLAYED)
