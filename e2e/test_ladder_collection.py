"""*.ladder files as pytest tests, and what the plugin keeps of a test that failed."""
import subprocess
from xml.etree import ElementTree

import pytest

import processes
from test_guide import run_pytest

LADDER = '''profile activemq
delivery written

case sends
  cites X
  conn 1 connected 1.2
  > SEND destination=/queue/$q receipt=r body="hi"
  < RECEIPT receipt-id=r

case denies
  cites X
  profile strict
  on tcp
  conn 1 connected 1.2
  > SEND destination=/queue/$q receipt=r
  < RECEIPT receipt-id=other
'''


@pytest.fixture
def ladder(tmp_path):
    folder = tmp_path / 'wire'
    folder.mkdir()
    file = folder / 'orders.ladder'
    file.write_text(LADDER)
    return file


def test_each_case_is_a_test_and_fails_with_the_ladders_report(tmp_path, ladder):
    result = run_pytest(tmp_path, '-vv')
    text = result.stdout
    assert result.returncode == 1, text + result.stderr
    assert 'wire/orders.ladder::sends PASSED' in text
    assert 'wire/orders.ladder::denies FAILED' in text
    assert f'{ladder}:16: denies (tcp, written) [X]\n  expected < RECEIPT receipt-id="other"' in text
    assert 'receipt-id: "r" is not "other"' in text
    assert 'STOMP ladder' in text and 'client-broker c1 > SEND' in text
    assert 'Traceback' not in text
    assert '1 failed, 1 passed' in text


def test_the_json_form_is_collected(tmp_path, ladder):
    twin = tmp_path / 'twin.ladder.json'
    twin.write_text(subprocess.run(
        [processes.BINARIES / 'stomp-client', 'run', ladder, '--to-json'], capture_output=True,
        text=True, check=True, timeout=30).stdout)
    ladder.unlink()
    result = run_pytest(tmp_path)
    assert f'{twin}:16: denies' in result.stdout
    assert '1 failed, 1 passed' in result.stdout, result.stdout


def test_a_case_is_chosen_as_other_tests_are(tmp_path, ladder):
    result = run_pytest(tmp_path, '-k', 'sends')
    assert '1 passed, 1 deselected' in result.stdout, result.stdout


def test_an_error_of_the_file_is_an_error_of_collection(tmp_path, ladder):
    ladder.write_text(LADDER.replace('  < RECEIPT', '  expct', 1))
    result = run_pytest(tmp_path)
    assert result.returncode == 2
    assert f"{ladder}:8:3: expected a step, found 'expct'; did you mean 'expect'?" in result.stdout
    assert 'Traceback' not in result.stdout


def test_ini_switches_it_off(tmp_path, ladder):
    ladder.write_text('no ladder at all')
    (tmp_path / 'pytest.ini').write_text('[pytest]\nstomp_ladders = false\n')
    result = run_pytest(tmp_path)
    assert (result.returncode, 'no tests ran' in result.stdout) == (5, True), result.stdout


def test_an_external_broker_plays_what_its_transport_has(tmp_path, ladder):
    broker = processes.make_broker(tmp_path / 'logs')
    try:
        result = run_pytest(tmp_path, '-rs',
                            f'--stomp-external=ws://localhost:{broker.port("ws")}/')
    finally:
        broker.kill()
    assert '1 passed, 1 skipped' in result.stdout, result.stdout + result.stderr
    assert 'denies: it is for tcp only' in result.stdout


def test_a_ladder_plays_inside_a_test(tmp_path, ladder):
    (tmp_path / 'pytest.ini').write_text('[pytest]\nstomp_ladders = false\n')
    (tmp_path / 'test_it.py').write_text(f'''
def test_plays(stomp_broker, stomp_ladder):
    assert stomp_ladder({str(ladder)!r}) == ['denies: it is for tcp only']
    assert stomp_broker.received('SEND', body='hi')


def test_fails(stomp_broker, stomp_ladder):
    stomp_ladder({str(ladder)!r}, case='denies', url=stomp_broker.tcp_url)


def test_misses(stomp_ladder):
    stomp_ladder({str(ladder)!r}, case='nobody')
''')
    result = run_pytest(tmp_path)
    assert '2 failed, 1 passed' in result.stdout, result.stdout + result.stderr
    assert 'orders.ladder:16: denies (tcp, written) [X]' in result.stdout
    assert 'no case is called nobody' in result.stdout


def test_a_ladder_stands_in_the_brokers_place(tmp_path, ladder):
    (tmp_path / 'pytest.ini').write_text('[pytest]\nstomp_ladders = false\n')
    ladder.write_text(LADDER + '''
case script
  cites X
  conn 1 connected 1.2
  > SEND destination=/queue/a receipt=$r body="hi"
  < RECEIPT receipt-id=$r
''')
    (tmp_path / 'test_it.py').write_text(f'''
import pytest


@pytest.mark.ladder({str(ladder) + '#script'!r})
def test_as_it_says(stomp_client):
    stomp_client.send('/queue/a', 'hi')


@pytest.mark.ladder({str(ladder) + '#script'!r})
def test_otherwise(stomp_client):
    stomp_client.send_frame('SEND', {{'destination': '/queue/b'}}, 'hi')
    stomp_client.error()
''')
    result = run_pytest(tmp_path)
    # What a test has not done as its script says is an error of its end.
    assert '2 passed, 1 error' in result.stdout, result.stdout + result.stderr
    assert f'FAILED {ladder}:21: script (broker) [X]' in result.stdout
    assert 'destination: "/queue/b" is not "/queue/a"' in result.stdout


def test_what_failed_is_kept_and_named_for_junit(tmp_path, ladder):
    kept = tmp_path / 'kept'
    result = run_pytest(tmp_path, f'--stomp-artifacts={kept}', f'--junitxml={tmp_path}/all.xml',
                        '--stomp-seed=7')
    assert result.returncode == 1
    properties = {each.get('name'): each.get('value')
                  for each in ElementTree.parse(tmp_path / 'all.xml').iter('property')}
    assert properties['stomp.seed'] == '7'
    recording = (kept / 'wire-orders-ladder-denies.recording.txt')
    assert properties['stomp.ladder'] == str(recording)
    assert '> SEND destination=/queue/' in recording.read_text()
    broker = processes.make_broker(tmp_path / 'logs', 'strict')
    try:
        again = subprocess.run(
            [processes.BINARIES / 'stomp-client', f'stomp://127.0.0.1:{broker.port("stomp")}',
             'run', recording], capture_output=True, text=True, timeout=30)
    finally:
        broker.kill()
    assert again.returncode == 0, again.stdout + recording.read_text()
