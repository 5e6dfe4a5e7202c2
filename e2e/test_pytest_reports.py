"""What the pytest plugin says of a test that failed: all of it, once, and nothing of its own."""
import re

from test_guide import run_pytest

LADDER = '''profile activemq
case script
  cites X
  conn 1 connected 1.2
  > SEND destination=/queue/right receipt=$r
  < RECEIPT receipt-id=$r
'''


def section(text, name):
    return re.search(rf'^-+ {name} -+\n(.*?)(?=^[-=]{{5,}}|\Z)', text, re.S | re.M)[1]


def test_the_newest_lines_are_shown_with_their_times(tmp_path):
    (tmp_path / 'test_it.py').write_text('''
def test_it(stomp_broker, stomp_client):
    for i in range(100):
        stomp_client.send_frame('SEND', {'destination': '/queue/foo'}, str(i))
    stomp_client.send('/queue/foo', 'last')
    stomp_broker.clock.advance(60)
    stomp_client.send('/queue/foo', 'later')
    assert False
''')
    result = run_pytest(tmp_path, '--stomp-artifacts', str(tmp_path / 'kept'))
    lines = section(result.stdout, 'STOMP ladder').strip().split('\n')
    assert re.fullmatch(r'\.\.\. \d+ lines before', lines[0])
    assert len(lines) == 61
    for line in lines[1:]:
        assert re.match(r'\+\d+\.\d\d\ds client-broker c1 [<>] ', line), line
    assert lines[-1].startswith('+60.')
    kept, = (tmp_path / 'kept').glob('*.ladder.txt')
    assert len(kept.read_text().strip().split('\n')) > 100


def test_a_script_that_did_not_hold_is_told_once(tmp_path):
    file = tmp_path / 'x.ladder'
    file.write_text(LADDER)
    (tmp_path / 'test_it.py').write_text(f'''
import pytest


@pytest.mark.ladder({str(file)!r})
def test_it(stomp_client):
    stomp_client.send('/queue/wrong', 'x')
''')
    result = run_pytest(tmp_path, '-o', 'stomp_ladders=false')
    assert result.returncode == 1
    assert '1 failed in' in result.stdout, result.stdout
    assert 'destination: "/queue/wrong" is not "/queue/right"' in section(result.stdout, 'Script')
    assert 'c1 > SEND destination="/queue/wrong"' in section(result.stdout, 'STOMP ladder')
    assert 'no answer of the broker' not in result.stdout
    # Nobody notices before the end.
    (tmp_path / 'test_it.py').write_text(f'''
import pytest


@pytest.mark.ladder({str(file)!r})
def test_it(stomp_client):
    pass
''')
    result = run_pytest(tmp_path, '-o', 'stomp_ladders=false')
    assert '1 passed, 1 error in' in result.stdout, result.stdout
    assert 'c1 > CONNECT' in section(result.stdout, 'STOMP ladder')
    assert 'no answer of the broker' not in result.stdout


def test_a_strict_report_has_nothing_of_the_harness(tmp_path):
    (tmp_path / 'test_it.py').write_text('''
import pytest


@pytest.mark.stomp_broker(strict=True)
def test_it(stomp_broker, stomp_client):
    stomp_client.subscribe('/queue/foo')
    stomp_broker.publish('/queue/foo', 'left')
''')
    result = run_pytest(tmp_path, '--stomp-artifacts', str(tmp_path / 'kept'))
    assert 'got what the test never took' in result.stdout
    assert 'BEGIN' not in section(result.stdout, 'STOMP ladder')
    for each in (tmp_path / 'kept').glob('*.txt'):
        assert 'BEGIN' not in each.read_text(), each


def test_a_fault_mark_takes_several_lines(tmp_path):
    (tmp_path / 'test_it.py').write_text('''
import pytest
from pumphouse_pytest import NotReceived


@pytest.mark.fault('drop on=SEND', 'error on=SUBSCRIBE message="not today"')
def test_it(stomp_client):
    stomp_client.send_frame('SEND', {'destination': '/queue/foo'}, 'x')
    with pytest.raises(NotReceived, match='not today'):
        stomp_client.subscribe('/queue/foo')
''')
    result = run_pytest(tmp_path)
    assert '1 passed in' in result.stdout, result.stdout


def test_a_missing_program_is_told_with_the_ways_to_name_it(tmp_path):
    (tmp_path / 'test_it.py').write_text('def test_it(stomp_broker):\n    pass\n')
    result = run_pytest(tmp_path, f'--stomp-broker-bin={tmp_path}/none')
    assert f'mockbroker is not found: {tmp_path}/none; name its folder with PUMPHOUSE_BIN, put it ' \
           'on the PATH, or say --stomp-broker-bin=FILE' in result.stdout, result.stdout


def test_what_must_not_have_come_is_shown(tmp_path):
    (tmp_path / 'test_it.py').write_text('''
import pytest
from pumphouse_pytest import ControlError


def test_it(stomp_broker, stomp_client):
    stomp_client.send('/queue/foo', 'x', {'color': 'red'})
    stomp_broker.never_received('SEND', headers={'color': 'blue'})
    stomp_broker.never_received('NACK')
    with pytest.raises(ControlError, match="did you mean 'headers'"):
        stomp_broker.never_received('SEND', heders={})
    stomp_broker.never_received('SEND', headers={'color': 'red'})
''')
    result = run_pytest(tmp_path)
    assert '1 failed in' in result.stdout, result.stdout
    assert 'the broker received what it must not:' in result.stdout
    assert 'E         c1 > SEND destination="/queue/foo"' in result.stdout, result.stdout
