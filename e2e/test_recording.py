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


def ctl_recording(broker):
    return subprocess.run(
        [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(broker.port('control')),
         'recording'], capture_output=True, text=True, timeout=LIMIT, check=True).stdout


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
    ladder.write_text(ctl_recording(front))
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


def by_program(url):
    """What the command line's clients say."""
    for words in (('send', '/queue/a', 'one'), ('send', '/queue/a', 'two', '--receipt'),
                  ('subscribe', '/queue/a', '--count', '2', '--ack', 'client-individual')):
        done = subprocess.run([processes.BINARIES / 'stomp-client', url, *words],
                              capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 0, done.stdout + done.stderr


def by_test(url, leave):
    """The same by the client of the pytest plugin, which has other ids, and other receipts."""
    for body in ('one', 'two'):
        client = Client(url, headers={'heart-beat': '0,10000'})
        client.send('/queue/a', body)
        leave(client)
    client = Client(url)
    messages = client.subscribe('/queue/a', ack='client-individual')
    for body in ('one', 'two'):
        message = messages.next()
        assert message.body == body
        client.ack(message)
    leave(client)


@pytest.mark.parametrize('leave', [Client.disconnect, Client.close])
@pytest.mark.parametrize('transport', ['ws', 'stomp'])
def test_a_recording_of_one_program_is_the_broker_of_another(services, tmp_path, transport, leave):
    def url_of(broker):
        return f'{transport}://127.0.0.1:{broker.port(transport)}'

    front = services(processes.make_broker, extra=['--control', '0'])
    by_program(url_of(front))
    ladder = tmp_path / 'recorded.ladder'
    ladder.write_text(ctl_recording(front))
    played = services(processes.make_broker, extra=['--ladder', ladder])
    by_test(url_of(played), leave)
    assert played.stop() == 0, played.log() + ladder.read_text()
    # For the program it came from as well, and as the client.
    again = services(processes.make_broker, extra=['--ladder', ladder])
    by_program(url_of(again))
    assert again.stop() == 0, again.log()
    result = play(services(processes.make_broker), ladder)
    assert result.stdout.endswith('1 passed, 0 failed\n'), result.stdout + ladder.read_text()


def test_a_recording_of_a_test_is_the_broker_of_a_program(services, tmp_path):
    front = services(processes.make_broker, extra=['--control', '0'])
    by_test(f'ws://127.0.0.1:{front.port("ws")}/', Client.disconnect)
    ladder = tmp_path / 'recorded.ladder'
    ladder.write_text(ctl_recording(front))
    played = services(processes.make_broker, extra=['--ladder', ladder])
    by_program(f'ws://127.0.0.1:{played.port("ws")}/')
    assert played.stop() == 0, played.log() + ladder.read_text()


def test_a_recording_refuses_who_says_something_else(services, tmp_path):
    front = services(processes.make_broker, extra=['--control', '0'])
    by_program(f'ws://127.0.0.1:{front.port("ws")}/')
    ladder = tmp_path / 'recorded.ladder'
    ladder.write_text(ctl_recording(front))
    played = services(processes.make_broker, extra=['--ladder', ladder])
    with pytest.raises(AssertionError, match='not as the ladder says'):
        Client(f'ws://127.0.0.1:{played.port("ws")}/').send('/queue/b', 'one')
    assert played.stop() == 1
    assert 'destination: "/queue/b" is not "/queue/a"' in played.log()
