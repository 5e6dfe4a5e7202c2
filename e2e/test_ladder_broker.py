"""`mockbroker --ladder`: a script in the broker's place."""
import json
import os
import signal
import subprocess

import pytest

import processes

LIMIT = 30


def ctl(broker, *words):
    return subprocess.run(
        [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(broker.port('control')), *words],
        capture_output=True, text=True, timeout=LIMIT, check=True).stdout


def client(url, *arguments):
    """What the command says: its exit code and standard output."""
    result = subprocess.run([processes.BINARIES / 'stomp-client', url, *arguments],
                            capture_output=True, text=True, timeout=LIMIT)
    return result.returncode, result.stdout


def url_of(broker, scheme):
    return (f'ws://127.0.0.1:{broker.port("ws")}/' if scheme == 'ws'
            else f'stomp://127.0.0.1:{broker.port("stomp")}')


def commands(url):
    """One after another: what each sees, without what is the broker's own choice in every run."""
    all_of_it = [
        client(url, 'ping'),
        client(url, 'send', '/queue/a', 'one "quoted" $5', '--header', 'colour:blue: dark',
               '--receipt'),
        client(url, 'send', '/queue/a', 'two'),
        client(url, 'subscribe', '/queue/a', '--count', '2', '--ack', 'client-individual',
               '--json'),
        client(url, 'subscribe', '/queue/b', '--selector', 'a <', '--count', '1', '--json'),
    ]
    seen = []
    for code, text in all_of_it:
        for line in text.splitlines():
            if line.startswith('{'):
                frame = json.loads(line)
                for name in ('message-id', 'ack', 'timestamp', 'expires'):
                    frame['headers'].pop(name, None)
                if frame['command'] == 'ERROR':
                    frame.pop('body')
                line = json.dumps(frame, sort_keys=True)
            seen.append((code, line))
    return seen


def script(services, file, *extra):
    return services(processes.make_broker, extra=['--ladder', file, *extra])


@pytest.mark.parametrize('scheme', ['ws', 'stomp'])
def test_a_recording_is_played_as_the_broker(services, tmp_path, scheme):
    real = services(processes.make_broker, extra=['--control', '0'])
    seen = commands(url_of(real, scheme))
    assert len(seen) == 5 and 'one \\"quoted\\" $5' in seen[2][1], seen
    file = tmp_path / 'recorded.ladder'
    file.write_text(ctl(real, 'recording'))
    real.stop()
    played = script(services, file)
    assert commands(url_of(played, scheme)) == seen, played.log()
    assert played.stop() == 0, played.log()
    assert 'passed recorded (broker)' in played.log()


LADDER = '''profile activemq
case first
  cites X
  conn 1 connected 1.2
  > SEND destination=/queue/a receipt=$r body="hi"
  < RECEIPT receipt-id=$r
  > DISCONNECT receipt=$d
  < RECEIPT receipt-id=$d
  > close

case second
  cites X
  conn 1 connected 1.2
'''


def test_a_mismatch_is_told_and_is_the_exit_code(services, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    broker = script(services, f'{file}#first')
    code, _ = client(url_of(broker, 'ws'), 'send', '/queue/b', 'ho')
    assert code == 1
    assert broker.stop() == 1
    log = broker.log()
    assert f'FAILED {file}:5: first (broker) [X]\n  expected > SEND destination="/queue/a"' in log
    assert '  came    : SEND destination="/queue/b"' in log
    assert 'destination: "/queue/b" is not "/queue/a"' in log
    assert 'Ladder:\n    c1 +0 ms opened over ws' in log


def test_what_did_not_come_is_told_at_the_end(services, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    broker = script(services, file)
    code, _ = client(url_of(broker, 'stomp'), 'send', '/queue/a', 'hi')
    assert code == 0
    assert broker.stop() == 1
    assert 'passed first (broker)' in broker.log()
    assert f'FAILED {file}:13: second (broker) [X]\n  expected conn 1 connected 1.2' in broker.log()


def test_faults_and_journal_stand_in_front_of_a_script(services, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    broker = script(services, f'{file}#first', '--control', '0', '--fault',
                    'drop on=RECEIPT limit=1')
    code, _ = client(url_of(broker, 'ws'), 'send', '/queue/a', 'hi', '--timeout', '0.3')
    assert code == 4
    assert '[dropped by' in ctl(broker, 'ladder')
    assert broker.stop() == 1  # the client left before its DISCONNECT


def test_the_json_form_is_played(services, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    twin = tmp_path / 'x.json'
    twin.write_text(subprocess.run(
        [processes.BINARIES / 'stomp-client', 'run', file, '--to-json'], capture_output=True,
        text=True, timeout=LIMIT, check=True).stdout)
    broker = script(services, f'{twin}#first')
    assert client(url_of(broker, 'ws'), 'send', '/queue/a', 'hi')[0] == 0
    assert broker.stop() == 0, broker.log()


def test_a_script_speaks_tls(services, complete_example, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    keystore = f'{complete_example / "membrane.p12"}:secret'
    broker = script(services, f'{file}#first', '--wss', '0', '--p12', keystore)
    url = f'wss://localhost:{broker.port("wss")}/'
    assert client(url, 'send', '/queue/a', 'hi', '--cacert',
                  complete_example / 'membrane.pem')[0] == 0
    assert broker.stop() == 0, broker.log()


@pytest.mark.parametrize('spoil, text', [
    (('> SEND', '> get "/" #'), ':5:3: cannot be played as the broker: \'get\''),
    (('< RECEIPT', 'expct'), ":6:3: expected a step, found 'expct'; did you mean 'expect'?"),
    (('case first', 'case other'), ': no case is called first'),
])
def test_a_ladder_that_cannot_be_played_is_a_usage_error(tmp_path, spoil, text):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER.replace(*spoil, 1))
    result = subprocess.run([processes.BINARIES / 'mockbroker', '--ladder', f'{file}#first'],
                            capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 2
    assert result.stderr.startswith(f'{file}{text}'), result.stderr


def test_interrupted_stays_130(services, tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    broker = script(services, file)
    os.kill(broker.process.pid, signal.SIGINT)
    assert broker.process.wait(timeout=LIMIT) == 130
