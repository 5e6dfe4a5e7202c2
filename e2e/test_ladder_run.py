"""`stomp-client run`: the client's side of .ladder files from the command line."""
import json
import subprocess

import pytest

import processes

LIMIT = 30

HELLO = '''profile activemq
delivery written
case hello
  cites X
  conn 1 connected 1.2
  > SUBSCRIBE id=s destination=/queue/$q receipt=r
  < RECEIPT receipt-id=r
  > SEND destination=/queue/$q body="hi"
  < MESSAGE body="hi"
'''
WRONG = HELLO.replace('< MESSAGE body="hi"', '< MESSAGE body="ho"')


def run(url, file, *options, stdin=''):
    return subprocess.run(
        [processes.BINARIES / 'stomp-client', url, 'run', file, *map(str, options)], input=stdin,
        capture_output=True, text=True, timeout=LIMIT)


@pytest.fixture
def ladder(tmp_path):
    def write(text):
        file = tmp_path / 'x.ladder'
        file.write_text(text)
        return file
    return write


@pytest.fixture
def url(services):
    return f'ws://127.0.0.1:{services(processes.make_broker).port("ws")}/'


def test_plays_through_tls_and_the_gateway(house, ladder):
    result = run(house.wss, ladder(HELLO), '--cacert', house.certificate)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith('passed hello (ws, written) in ')
    untrusted = run(house.wss, ladder(HELLO))
    assert untrusted.returncode == 3
    assert 'certificate' in untrusted.stdout


def test_a_failure_is_the_ladders_report(url, ladder):
    file = ladder(WRONG)
    result = run(url, file)
    assert result.returncode == 1
    assert f'FAILED {file}:9: hello (ws, written) [X]\n  expected < MESSAGE body="ho"\n' in result.stdout
    assert 'body: "hi" is not "ho"' in result.stdout
    document = json.loads(run(url, file, '--json').stdout)
    assert [(row['name'], row['line'], row['passed']) for row in document['rows']] == [
        ('hello', 3, False)]


def test_step_waits_for_enter_and_ends_with_the_input(url, ladder):
    file = ladder(HELLO)
    whole = run(url, file, '--replay', 'step', stdin='\n\n')
    assert whole.returncode == 0, whole.stdout
    assert whole.stderr.count('[Enter]') == 2
    assert f'{file}:6: > SUBSCRIBE id=s destination=/queue/$q receipt=r [Enter]' in whole.stderr
    cut = run(url, file, '--replay', 'step', stdin='\n')
    assert cut.returncode == 130
    assert f'{file}:8: hello (ws, written) [X]\n  ended here by the user' in cut.stdout


def test_step_ends_where_there_is_no_input(url, ladder, tmp_path):
    file = ladder(HELLO)
    enters = tmp_path / 'enters'
    enters.write_text('\n\n')
    command = f'{processes.BINARIES}/stomp-client {url} run {file} --replay step'
    for stdin, code in (('<&-', 130), ('</dev/null', 130), (f'<{enters}', 0)):
        result = subprocess.run(f'{command} {stdin}', shell=True, capture_output=True, text=True,
                                timeout=LIMIT)
        assert result.returncode == code, result.stdout


def test_a_file_that_is_no_ladder_is_a_usage_error(url, ladder):
    file = ladder(HELLO.replace('> SUBSCRIBE', 'expct'))
    result = run(url, file)
    assert result.returncode == 2
    assert f"{file}:6:3: expected a step, found 'expct'; did you mean 'expect'?" in result.stderr


def test_refuses_options_that_the_ladder_says(url, ladder):
    result = run(url, ladder(HELLO), '--versions', '1.1')
    assert (result.returncode, result.stderr) == (
        2, 'stomp-client: --versions: with run, the ladder says that\n')


def test_plays_the_pauses_of_a_recording_when_timed(services, ladder):
    front = services(processes.make_broker, extra=['--control', '0'])
    at = f'ws://127.0.0.1:{front.port("ws")}/'
    paced = ladder(HELLO.replace('  > SEND', '  pace 300ms\n  > SEND'))
    assert run(at, paced, '--replay', 'timed').returncode == 0
    recorded = subprocess.run(
        [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(front.port('control')),
         'recording'], capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    assert '  pace 300ms\n  > SEND' in recorded
    document = json.loads(run(at, ladder(recorded), '--replay', 'timed', '--json').stdout)
    assert document['rows'][0]['passed'], document
    assert 300 <= document['rows'][0]['milliseconds'] < 5000


def test_the_json_form_plays_the_same(url, ladder, tmp_path):
    printed = subprocess.run(
        [processes.BINARIES / 'stomp-client', 'run', ladder(WRONG), '--to-json'],
        capture_output=True, text=True, timeout=LIMIT, check=True).stdout
    twin = tmp_path / 'x.json'
    twin.write_text(printed)
    result = run(url, twin)
    assert result.returncode == 1
    assert f'FAILED {twin}:9: hello (ws, written) [X]' in result.stdout
    twin.write_text(printed.replace('"body"', '"bodi"', 1))
    result = run(url, twin)
    assert result.returncode == 2
    assert (f"{twin}: cases[0].steps[3].send.bodi: is not known; did you mean 'body'?"
            in result.stderr)


def test_json_of_the_guide_is_read(url, tmp_path):
    guide = (processes.ROOT / 'docs/ladder.md').read_text()
    twin = tmp_path / 'guide.json'
    twin.write_text(guide.split('```json\n')[1].split('```')[0])
    result = run(url, twin)
    assert result.returncode == 0, result.stdout + result.stderr
