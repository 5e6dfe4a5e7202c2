"""The broker's time, advanced and scaled: what would take minutes passes at once, without a sleep."""
import json
import subprocess
import time

import pytest

import processes
import stomp_frames
from control_api import LIMIT, api, ctl

WEEK = 7 * 24 * 3600 * 1000


@pytest.fixture
def broker(services):
    return services(processes.make_broker, extra=['--control', '0'])


def advance(broker, milliseconds):
    status, now = api(broker, 'clock', {'advance_ms': milliseconds})
    assert status == 200, now
    return now


def depth(broker, destination):
    queues = {q['destination']: q['depth'] for q in api(broker, 'queues')[1]['queues']}
    return queues.get(destination)


def has_closed(broker):
    """Whether the journal says, sooner or later, that a connection ended."""
    since = 0
    while True:
        news = api(broker, f'journal?since={since}&wait_ms={LIMIT * 1000}')[1]
        if any(e['event'] == 'closed' for e in news['entries']):
            return True
        if not news['entries']:
            return False
        since = news['last']


def test_a_message_expires_at_once(broker):
    now = api(broker, 'clock')[1]
    api(broker, 'publish', {'destination': '/queue/a', 'body': 'old',
                            'headers': {'expires': str(now['wall_ms'] + 60000)}})
    advance(broker, 50000)
    assert depth(broker, '/queue/a') == 1
    advance(broker, 70000)
    assert depth(broker, '/queue/a') == 0


def test_a_client_that_owes_a_beat_is_cut_at_once(broker):
    began = time.monotonic()
    with stomp_frames.Client(broker.port('stomp'), heart_beat='10000,0') as silent:
        assert depth(broker, '/queue/a') is None
        advance(broker, 60000)
        with pytest.raises((EOFError, ConnectionError)):
            silent.message()
    assert time.monotonic() - began < LIMIT
    assert has_closed(broker)


def test_beats_come_in_order_each_at_its_time(broker):
    with stomp_frames.Client(broker.port('stomp'), heart_beat='0,1000'):
        advance(broker, 10500)
        status, came = api(broker, 'wait', {'match': {'kind': 'beat', 'way': 'to-client'},
                                            'count': 10})
    assert status == 200, came
    times = [e['at_ms'] for e in came['entries']]
    apart = [b - a for a, b in zip(times, times[1:])]
    assert all(500 <= each <= 1500 for each in apart), apart


def test_a_wait_of_a_harness_is_in_its_own_time(broker):
    """An advance in the meantime is not its end."""
    with stomp_frames.Client(broker.port('stomp')) as client:
        before = api(broker, 'clock')[1]
        assert advance(broker, WEEK)['advanced_ms'] == WEEK
        after = api(broker, 'clock')[1]
        assert after['now_ms'] - before['now_ms'] >= WEEK
        assert after['wall_ms'] - before['wall_ms'] >= WEEK
        client.send('/queue/a', 'hi')
        assert api(broker, 'wait', {'match': {'command': 'SEND'}})[0] == 200


@pytest.mark.parametrize('body, error', [
    ({'advance_ms': -1}, f"'advance_ms' must be a number from 0 to {WEEK}"),
    ({'advance_ms': WEEK + 1}, f"'advance_ms' must be a number from 0 to {WEEK}"),
    ({'advance_ms': 'x'}, f"'advance_ms' must be a number from 0 to {WEEK}"),
    ({'advance': 1}, "member 'advance' is not known"), ({}, "needs 'advance_ms'")])
def test_what_is_no_advance_is_refused(broker, body, error):
    status, answer = api(broker, 'clock', body)
    assert status == 400 and answer['error'].startswith(error), answer
    assert api(broker, 'clock')[1]['advanced_ms'] == 0


def test_ctl_advances(broker):
    assert json.loads(ctl(broker, 'advance', '5000').stdout)['advanced_ms'] == 5000
    assert json.loads(ctl(broker, 'clock').stdout)['advanced_ms'] == 5000
    wrong = ctl(broker, 'advance', 'soon')
    assert wrong.returncode == 1 and 'must be a number' in wrong.stderr


def test_time_runs_ten_times_as_fast(services):
    broker = services(processes.make_broker, extra=['--control', '0', '--time-scale', '10'])

    def look():
        before = time.monotonic()
        now = api(broker, 'clock')[1]
        return before, now, time.monotonic()

    with stomp_frames.Client(broker.port('stomp'), heart_beat='0,1000'):
        first = look()
        status, came = api(broker, 'wait', {'match': {'kind': 'beat', 'way': 'to-client'},
                                            'count': 5, 'timeout_ms': LIMIT * 1000})
        last = look()
    assert status == 200, came
    assert first[1]['scale'] == 10
    times = [e['at_ms'] for e in came['entries']]
    assert times[-1] - times[0] >= 4 * 500
    virtual = (last[1]['now_ms'] - first[1]['now_ms']) / 1000
    assert 10 * (last[0] - first[2]) <= virtual <= 10 * (last[2] - first[0])


@pytest.mark.parametrize('scale', ['0', '-1', '1001', 'x'])
def test_a_bad_scale_is_a_usage_error(scale):
    result = subprocess.run([processes.BINARIES / 'mockbroker', '--time-scale', scale],
                            capture_output=True, text=True, timeout=LIMIT)
    assert result.returncode == 2
    assert '--time-scale' in result.stderr
