"""docs/testing.md: its snippets run, and it names what there is."""
import json
import os
import re
import subprocess
import sys

import processes

GUIDE = (processes.ROOT / 'docs/testing.md').read_text()
LIMIT = 60


def snippets(language):
    return re.findall(rf'^```{language}\n(.*?)^```', GUIDE, re.S | re.M)


def run_pytest(folder, *options):
    environment = {**os.environ, 'PYTHONPATH': str(processes.ROOT / 'harness/pytest'),
                   'PUMPHOUSE_BIN': str(processes.BINARIES), 'PYTHONDONTWRITEBYTECODE': '1'}
    environment.pop('PYTEST_ADDOPTS', None)
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-p',
         'pumphouse_pytest.plugin', *options, str(folder)],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=LIMIT)


def link_example(folder):
    processes.copy_example(folder / 'examples/websocket-stomp')


def test_python_snippets_run(tmp_path):
    link_example(tmp_path)
    found = snippets('python')
    for number, text in enumerate(found):
        (tmp_path / f'test_{number}.py').write_text(text)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    tests = sum(text.count('def test_') for text in found)
    assert re.search(rf'^{tests} passed in', result.stdout, re.M), result.stdout


def test_cpp_snippets_are_those_that_the_tests_compile():
    compiled = (processes.ROOT / 'tests/harness/guide_test.cpp').read_text()
    found = snippets('cpp')
    assert len(found) >= 8
    for text in found:
        assert text in compiled, text


def test_names_every_action(tmp_path):
    broker = processes.make_broker(tmp_path, extra=['--control', 0])
    try:
        answer = subprocess.run(
            [processes.BINARIES / 'mockbroker', 'ctl', '--port', str(broker.port('control')),
             'actions'], capture_output=True, text=True, timeout=LIMIT, check=True)
    finally:
        broker.kill()
    listed = json.loads(answer.stdout)
    actions = listed['actions']
    assert len(actions) > 25
    for action in actions:
        assert f'`{action["name"]}' in GUIDE, action['name']
        for attribute in action['attributes']:
            name = attribute['name']
            assert f'{name}=' in GUIDE, f'{action["name"]}: {name}'
    for malformation in listed['malformations']:
        assert f'`{malformation["name"]}`' in GUIDE, malformation['name']


FAILING = '''
def test_lost(stomp_broker, stomp_client):
    stomp_broker.fault('drop name=lost on=RECEIPT')
    stomp_client.timeout = 0.1
    stomp_client.send('/queue/foo', 'hi')


def test_idle(stomp_faults):
    stomp_faults('drop name=idle on=NACK')


def test_wrong_name(stomp_faults):
    stomp_faults('dorp')


def test_not_received(stomp_broker, stomp_client):
    stomp_client.send('/queue/foo', 'hi')
    stomp_broker.received('SEND', body='ho', timeout=0.1)
'''


def test_a_failed_test_shows_ladder_faults_and_nearest_frames(tmp_path):
    (tmp_path / 'test_failing.py').write_text(FAILING)
    result = run_pytest(tmp_path, '--stomp-artifacts', str(tmp_path / 'kept'))
    assert result.returncode == 1
    text = result.stdout
    # test_idle passes; what it left unused is an error of its end
    assert '3 failed, 1 passed, 1 error' in text, text
    assert 'the RECEIPT of SEND did not come within 0.1 s' in text
    assert 'STOMP ladder' in text
    assert '[dropped by lost]' in text
    assert 'armed and never acted: idle' in text
    assert "action 'dorp' is not known; did you mean 'drop'?" in text
    assert 'body: expected "ho", is "hi"' in text
    kept = [path.name for path in (tmp_path / 'kept').glob('*.ladder.txt')]
    assert any('test_lost' in name for name in kept), kept


def test_an_external_broker_skips_what_needs_the_mock(tmp_path):
    broker = processes.make_broker(tmp_path / 'logs')
    (tmp_path / 'test_both.py').write_text('''
def test_anywhere(stomp_client):
    news = stomp_client.subscribe('/queue/foo')
    stomp_client.send('/queue/foo', 'hi')
    assert news.next().body == 'hi'


def test_mock_only(stomp_broker):
    assert stomp_broker.url
''')
    try:
        url = f'ws://localhost:{broker.port("ws")}/'
        result = run_pytest(tmp_path, '-rs', f'--stomp-external={url}')
    finally:
        broker.kill()
    assert '1 passed, 1 skipped' in result.stdout, result.stdout + result.stderr
    assert 'needs the mock broker' in result.stdout
