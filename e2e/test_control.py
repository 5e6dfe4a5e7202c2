"""Faults, control API and upstream of the mock broker, from outside."""
import base64
import concurrent.futures
import json
import subprocess

import processes
import stomp_frames
from control_api import LIMIT, api, ctl

def controlled(services, *extra):
    return services(processes.make_broker, extra=['--control', '0', *extra])


def test_a_fault_of_the_command_line_acts_and_is_counted(services):
    broker = controlled(services, '--fault', 'error name=no on=SEND destination=/queue/b message=no')
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.send('/queue/a', 'fine')
    assert api(broker, 'faults/no') == (200, {
        'name': 'no', 'fault': api(broker, 'faults/no')[1]['fault'], 'armed': True, 'seen': 0,
        'fired': 0, 'limit': 1, 'action': 'error'})
    assert broker.stop() == 0
    assert "'no' was armed and never acted" in broker.log()


def test_a_bad_fault_is_a_usage_error(tmp_path):
    result = subprocess.run([processes.BINARIES / 'mockbroker', '--fault', 'dorp'],
                            capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 2
    assert "--fault: fault: action 'dorp' is not known; did you mean 'drop'?" in result.stderr


def test_a_name_of_a_fault_is_given_once():
    result = subprocess.run(
        [processes.BINARIES / 'mockbroker', '--fault', 'drop name=a', '--fault', 'fin name=a'],
        capture_output=True, text=True, timeout=LIMIT)
    assert (result.returncode, result.stderr) == (2, "--fault: fault: the name 'a' is in use\n")


def test_a_fault_as_json_drops_what_it_names(services):
    broker = controlled(services)
    status, made = api(broker, 'faults', {
        'name': 'lost', 'scope': {'leg': 'client-broker', 'way': 'to-client'},
        'on': {'command': 'MESSAGE', 'body': 'first'}, 'action': {'drop': {}}, 'limit': 1})
    assert (status, made['armed']) == (201, True)
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.subscribe('/queue/a')
        client.send('/queue/a', 'first')
        client.send('/queue/a', 'second')
        assert client.message().body == 'second'
        status, came = api(broker, 'wait', {'match': {'command': 'SEND', 'way': 'to-broker'},
                                            'count': 2})
        assert (status, [e['body'] for e in came['entries']]) == (200, ['first', 'second'])
    assert api(broker, 'faults/lost')[1]['fired'] == 1
    assert api(broker, 'reset', {}) == (200, {'unused': []})
    assert api(broker, 'faults') == (200, {'faults': []})


def test_errors_name_what_was_expected(services):
    broker = controlled(services)
    assert api(broker, 'falts')[1] == {'error': "there is no call 'falts'; did you mean 'faults'?"}
    status, answer = api(broker, 'faults', {'scope': {'lag': 'x'}, 'action': {'drop': {}}})
    assert (status, answer) == (
        400, {'error': "scope: member 'lag' is not known; did you mean 'leg'?"})
    status, answer = api(broker, 'faults', {'action': {'drop': {'on': 'SEND'}}})
    assert (status, answer) == (400, {'error': "action.drop: member 'on' is not known"})
    status, answer = api(broker, 'publish', {'destination': '/queue/a', 'headers': {'a': 1}})
    assert (status, answer) == (400, {'error': "'headers.a' must be a text"})
    status, answer = api(broker, 'wait', {'match': {'comand': 'SEND'}})
    assert (status, answer) == (
        400, {'error': "match: member 'comand' is not known; did you mean 'command'?"})
    status, answer = api(broker, 'wait', {'match': {'command': 'SEND'}, 'timeout_ms': 1})
    assert (status, answer['error']) == (408, 'not 1 such frames within 1 ms')
    status, _ = api(broker, 'connections/7/close', {})
    assert status == 404


def test_pages_from_elsewhere_are_refused(services):
    broker = controlled(services)
    assert api(broker, 'faults', headers={'Origin': 'http://elsewhere.example'})[0] == 403
    own = f'http://127.0.0.1:{broker.port("control")}'
    assert api(broker, 'faults', headers={'Origin': own})[0] == 200


def test_on_loopback_only_names_of_this_machine_are_good(services):
    """A page whose name was made to lead here must not get in."""
    broker = controlled(services)
    port = broker.port('control')
    for host, status in ((f'evil.example:{port}', 403), ('evil.example', 403),
                         (f'localhost:{port}', 200), ('LOCALHOST', 200),
                         (f'127.0.0.1:{port}', 200), (f'[::1]:{port}', 200)):
        assert api(broker, 'ready', headers={'Host': host})[0] == status, host
    assert api(broker, 'ready', headers={
        'Host': 'evil.example', 'Origin': 'http://evil.example'})[0] == 403


def test_ctl_speaks_the_api(services):
    broker = controlled(services)
    assert ctl(broker, 'fault', 'drop', 'on=SEND', 'body-contains=a b').returncode == 0
    assert 'body-contains=\\"a b\\"' in ctl(broker, 'faults').stdout
    assert ctl(broker, 'publish', '/queue/a', 'hello', 'there').returncode == 0
    assert json.loads(ctl(broker, 'queues').stdout)['queues'][0]['depth'] == 1
    wrong = ctl(broker, 'fualt', 'x')
    assert (wrong.returncode, wrong.stderr) == (
        2, "ctl: 'fualt' is not known; did you mean 'fault'?\n")
    assert ctl(broker, 'unfault', 'nobody').returncode == 1


def test_the_journal_is_waited_for_and_shows_octets(services):
    broker = controlled(services)
    assert api(broker, 'journal') == (200, {'first': 1, 'last': 0, 'lost': 0, 'entries': []})
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(api, broker, f'journal?since=0&wait_ms={LIMIT * 1000}')
        with stomp_frames.Client(broker.port('stomp'), login='me', passcode='hidden'):
            assert waiting.result()[1]['entries'][0]['event'] == 'opened'
    entries = api(broker, 'journal')[1]['entries']
    connect = next(e for e in entries if e.get('command') == 'CONNECT')
    status, whole = api(broker, f'journal/{connect["number"]}')
    raw = base64.b64decode(whole['rawBase64'])
    assert (status, whole['raw_octets']) == (200, len(raw))
    assert raw.startswith(b'CONNECT\n') and b'passcode:***\n' in raw and b'hidden' not in raw
    assert api(broker, 'journal/99999')[0] == 404
    assert api(broker, 'journal/x')[1] == {'error': "an entry is a number, not 'x'"}
    assert api(broker, 'journal?sinse=1')[1] == {
        'error': "parameter 'sinse' is not known; did you mean 'since'?"}
    assert api(broker, 'journal?wait_ms=60001')[1] == {
        'error': "'wait_ms' must be a number from 0 to 60000"}


def test_all_connections_are_dropped_at_once(services):
    broker = controlled(services)
    with stomp_frames.Client(broker.port('stomp')), stomp_frames.Client(broker.port('stomp')):
        assert json.loads(ctl(broker, 'drop').stdout) == {'dropped': 2}
    assert api(broker, 'connections') == (200, {'connections': []})


def test_a_restart_empties_the_broker_and_ends_connections(services):
    broker = controlled(services)
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.send('/queue/a', 'stored')
        assert api(broker, 'restart', {})[0] == 200
        assert api(broker, 'connections') == (200, {'connections': []})
    left = {q['destination']: q['depth'] for q in api(broker, 'queues')[1]['queues']}
    assert '/queue/a' not in left


def test_an_upstream_is_spied_on_and_spoiled(services):
    real = services(processes.make_broker)
    front = controlled(services, '--upstream', f'stomp://127.0.0.1:{real.port("stomp")}',
                       '--fault', 'rewrite on=SEND body=spoiled')
    with stomp_frames.Client(front.port('stomp')) as client:
        client.subscribe('/queue/a')
        client.send('/queue/a', 'as it was')
        assert client.message().body == 'spoiled'
    came = api(front, 'wait', {'match': {'command': 'MESSAGE'}})[1]['entries']
    assert came[0]['body'] == 'spoiled'
    assert api(front, 'publish', {'destination': '/queue/a'})[0] == 409


def test_the_leg_has_the_name_that_it_is_given_until_a_reset(services):
    broker = controlled(services)
    assert ctl(broker, 'leg', 'gateway-broker').stdout == '{"leg":"gateway-broker"}\n'
    api(broker, 'faults', {'fault': 'duplicate name=twice on=SEND leg=gateway-broker'})
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.send('/queue/a', 'x')
        assert api(broker, 'wait', {'match': {'command': 'SEND'}})[0] == 200
    assert api(broker, 'faults/twice')[1]['fired'] == 1
    assert 'gateway-broker c1 > SEND' in ctl(broker, 'ladder').stdout
    assert '  conn 1 tcp\n' in ctl(broker, 'recording').stdout
    api(broker, 'reset', {})
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.send('/queue/a', 'kept')
        assert api(broker, 'wait', {'match': {'command': 'SEND', 'leg': 'client-broker'}})[0] == 200
    status, answer = api(broker, 'leg', {'leg': 'gateway-brokr'})
    assert status == 400
    assert answer['error'] == "'leg' must be one of client-broker, gateway-broker, browser-gateway"


def test_a_recording_leaves_out_who_was_there_before_a_reset(services):
    broker = controlled(services)
    with stomp_frames.Client(broker.port('stomp')) as old:
        api(broker, 'reset', {})
        old.send('/queue/a', 'of the old one')
        with stomp_frames.Client(broker.port('stomp')) as new:
            new.send('/queue/a', 'of the new one')
            assert api(broker, 'wait', {'match': {'command': 'SEND'}, 'count': 2})[0] == 200
            text = ctl(broker, 'recording').stdout
    assert 'of the old one' not in text and 'of the new one' in text
    assert '# left out, because the journal begins behind their beginning: connections 1\n' in text
