"""A recording that was made in front of one broker is played against another.

With --activemq it is made in front of the broker of `ci/activemq run`, else in front of a mock.
"""
import subprocess
import sys

import pytest

import processes

sys.path.insert(0, str(processes.ROOT / 'harness/pytest'))
from pumphouse_pytest import Client  # noqa: E402: the path comes first

LIMIT = 60
CASES = processes.BINARIES.parent / 'tests/wire_cases'


def conversation(url, queue):
    """Acknowledgement, a dead letter, a transaction, two clients and an ERROR."""
    first = Client(url)
    held = first.subscribe(queue, ack='client-individual')
    first.send(queue, 'one', {'persistent': 'true'})
    first.send(queue, 'two "quoted" $5 ü # \\')
    first.ack(held.next())
    first.nack(held.next())
    transaction = first.begin()
    first.send_frame('SEND', {'destination': queue + '.b', 'transaction': transaction}, 'in it')
    first.commit(transaction)
    second = Client(url, headers={'login': 'me', 'passcode': 'hunter2'})
    assert second.subscribe(queue + '.b').next().body == 'in it'
    second.disconnect()
    first.send_frame('JUMP', {'receipt': 'j'})
    assert 'JUMP' in first.error().headers['message']
    first.close()


def play(broker, ladder):
    return subprocess.run(
        [CASES, '--tcp', f'127.0.0.1:{broker.port("stomp")}', '--ws',
         f'127.0.0.1:{broker.port("ws")}', ladder], capture_output=True, text=True, timeout=LIMIT)


@pytest.fixture
def recorded(request, services, tmp_path):
    if request.config.getoption('--activemq'):
        port = processes.activemq_ports()['ws']
    else:
        port = services(processes.make_broker).port('ws')
    front = services(processes.make_broker,
                     extra=['--control', '0', '--upstream', f'ws://127.0.0.1:{port}/'])
    conversation(f'ws://127.0.0.1:{front.port("ws")}/', '/queue/recorded')
    ladder = tmp_path / 'recorded.ladder'
    ladder.write_text(subprocess.run(
        [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(front.port('control')),
         'recording'], capture_output=True, text=True, timeout=LIMIT, check=True).stdout)
    return ladder


def test_a_recording_plays_green_on_the_mock(services, recorded):
    result = play(services(processes.make_broker), recorded)
    assert result.stdout.endswith('1 passed, 0 failed\n'), result.stdout + recorded.read_text()


def test_a_recording_fails_on_a_broker_of_another_kind(services, recorded):
    result = play(services(processes.make_broker, 'strict'), recorded)
    assert result.stdout.endswith('0 passed, 1 failed\n'), result.stdout
    assert 'expected < ERROR' in result.stdout


def test_a_recording_has_no_secret(recorded):
    text = recorded.read_text()
    assert 'hunter2' not in text
    assert 'passcode="***"' in text
