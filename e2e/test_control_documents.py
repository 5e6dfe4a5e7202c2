"""Documents of the control API: the schema that its answers keep to, the HAR, the metrics."""
import base64
import json
import pathlib
import re
import sys
import urllib.request

import jsonschema
import pytest

import processes
import stomp_frames
import wire
from control_api import LIMIT, api, ctl

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'harness' / 'pytest'))
from pumphouse_pytest import Client  # noqa: E402

# What each call is asked with, good and complete enough to be answered; in this order.
REQUESTS = {
    'GET ': None, 'GET ready': None, 'GET actions': None,
    'POST faults': {'name': 'f', 'scope': {'leg': 'client-broker', 'way': 'to-client'},
                    'on': {'command': 'MESSAGE', 'nth': 9, 'headers': {'a': 'b'}, 'manual': True},
                    'action': {'delay': {'by': '1s'}}, 'limit': 2},
    'GET faults': None, 'GET faults/{}': 'f', 'POST faults/{}/fire': 'f', 'DELETE faults/{}': 'f',
    'GET journal': {'since': 1, 'wait_ms': 1}, 'GET journal/{}': 1, 'GET ladder': {'since': 1},
    'GET recording': None, 'GET har': None, 'GET metrics': None, 'GET schema': None,
    'GET clock': None, 'POST clock': {'advance_ms': 1},
    'POST wait': {'match': {'command': 'SEND', 'connection': 1}, 'count': 1, 'since': 0,
                  'timeout_ms': 1000},
    'POST nearest': {'match': {'body': 'hi'}},
    'POST publish': {'destination': '/queue/a', 'body': 'x', 'headers': {'color': 'red'}},
    'GET connections': None, 'GET queues': None, 'GET subscriptions': None,
    'POST connections/{}/send-raw': (1, {'text': '\n', 'way': 'to-client'}),
    'POST connections/{}/close': (1, {'how': 'close', 'code': 1000, 'reason': 'bye'}),
    'POST connections/drop': {}, 'POST leg': {'leg': 'gateway-broker'}, 'POST reset': {}, 'POST restart': {'keep': True},
}


@pytest.fixture
def broker(services):
    return services(processes.make_broker, extra=['--control', '0'])


def text_of(broker, path):
    url = f'http://127.0.0.1:{broker.port("control")}/__mock/{path}'
    with urllib.request.urlopen(url, timeout=LIMIT) as answer:
        return answer.headers['Content-Type'], answer.read().decode()


def ask(broker, name, given):
    """Makes a call by its row's name; status and answer, the answer as text where it is no JSON."""
    method, path = name.split(' ')
    body = {} if method == 'POST' else None
    if isinstance(given, tuple):
        given, body = given
    if '{}' in path:
        path = path.replace('{}', str(given))
    elif method == 'GET' and given:
        path += '?' + '&'.join(f'{k}={v}' for k, v in given.items())
    elif given is not None:
        body = given
    if path in ('ladder?since=1', 'recording', 'metrics'):
        return 200, text_of(broker, path)[1]
    return api(broker, path, body, method=method)


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def calls_of(broker):
    schema = api(broker, 'schema')[1]
    return {f'{c["method"]} {c["path"].removeprefix("/__mock/")}': c for c in schema['calls']}


def test_every_answer_is_as_the_schema_says(broker):
    calls = calls_of(broker)
    assert sorted(calls) == sorted(REQUESTS), 'a call has no case here'
    listed = {f'{c["method"]} {c["path"].removeprefix("/__mock/")}'
              for c in api(broker, '')[1]['calls']}
    assert listed == set(calls)
    with Client(f'ws://127.0.0.1:{broker.port("ws")}/') as client:
        client.subscribe('/queue/a')
        client.send('/queue/b', 'hi')
        client.send_frame('SEND', {'destination': '/queue/c'}, '\udcff')
        for name, given in REQUESTS.items():
            call = calls[name]
            status, answer = ask(broker, name, given)
            assert status == call['status'], (name, answer)
            if 'response' in call:
                validator(call['response']).validate(answer)
            else:
                assert isinstance(answer, str), name


def test_a_request_is_taken_as_the_schema_says(broker):
    """Every request of above fits; with a member more, or one of another kind, neither fits."""
    for name, call in calls_of(broker).items():
        judge = validator(call['request'])
        given = REQUESTS[name]
        body = given[1] if isinstance(given, tuple) else given
        if call['method'] != 'POST' or not isinstance(body, dict):
            continue
        judge.validate(body)
        for spoiled in ({**body, 'unknown': 1}, *({**body, key: [[]]} for key in body)):
            assert not judge.is_valid(spoiled), (name, spoiled)
            path = name.split(' ')[1].replace('{}', '1')
            status, answer = api(broker, path, spoiled)
            assert status == 400, (name, spoiled, answer)
            validator(api(broker, 'schema')[1]['error']).validate(answer)


@pytest.mark.parametrize('fault', [
    {'action': {'drop': {'by': 1}}}, {'action': {'dorp': {}}}, {'action': {}}, {'fault': 1}, {},
    {'fault': 'drop', 'limit': 1}, {'action': {'delay': {}}}, {'action': {'drop': {'set.a': 'b'}}},
    {'scope': {'lag': 'x'}, 'action': {'drop': {}}}, {'action': {'drop': {}, 'fin': {}}}])
def test_what_is_no_fault_is_refused_by_schema_and_call(broker, fault):
    assert not validator(calls_of(broker)['POST faults']['request']).is_valid(fault)
    assert api(broker, 'faults', fault)[0] == 400


@pytest.mark.parametrize('fault', [
    {'fault': 'drop on=RECEIPT'}, {'action': {'rewrite': {'set.a': 'b', 'remove.c': '', 'body': 'x'}}},
    {'action': {'delay': {'by': 250}}, 'limit': '2'}])
def test_what_is_a_fault_is_taken_by_schema_and_call(broker, fault):
    assert validator(calls_of(broker)['POST faults']['request']).is_valid(fault)
    assert api(broker, 'faults', fault)[0] == 201


def test_the_har_has_handshakes_and_messages(broker):
    api(broker, 'faults', {'fault': 'drop on=MESSAGE body=lost'})
    with Client(f'ws://127.0.0.1:{broker.port("ws")}/path', headers={'passcode': 'hidden'},
                handshake_headers={'Cookie': 'hidden'}) as client:
        news = client.subscribe('/queue/a')
        client.send('/queue/a', 'lost')
        client.send('/queue/a', 'grüße')
        assert news.next().body == 'grüße'
    with stomp_frames.Client(broker.port('stomp')):  # TCP, which is left out
        pass
    text = ctl(broker, 'har').stdout
    assert 'hidden' not in text
    har = json.loads(text)['log']
    assert (har['version'], len(har['entries'])) == ('1.2', 1)
    entry = har['entries'][0]
    assert re.fullmatch(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z', entry['startedDateTime'])
    request, response = entry['request'], entry['response']
    assert request['method'] == 'GET'
    assert request['url'] == f'ws://127.0.0.1:{broker.port("ws")}/path'
    assert request['queryString'] == []
    assert {'name': 'Cookie', 'value': '***'} in request['headers']
    assert (response['status'], response['httpVersion']) == (101, 'HTTP/1.1')
    assert entry['_resourceType'] == 'websocket'
    messages = entry['_webSocketMessages']
    assert (messages[0]['type'], messages[0]['opcode']) == ('send', 1)
    assert messages[0]['data'].startswith('CONNECT\n') and 'passcode:***' in messages[0]['data']
    assert sorted(messages, key=lambda m: m['time']) == messages
    bodies = [(m['type'], m['data'].split('\n\n')[1].rstrip('\0\n')) for m in messages
              if m['data'].startswith(('SEND', 'MESSAGE'))]
    assert bodies == [('send', 'lost'), ('send', 'grüße'), ('receive', 'grüße')]
    assert all({'send', 'wait', 'receive'} == set(e['timings']) for e in har['entries'])


def test_a_plain_request_is_in_the_har_with_its_query(broker):
    status = wire.get(f'http://127.0.0.1:{broker.port("ws")}/a?q=b%20c&d').status
    entry = json.loads(ctl(broker, 'har').stdout)['log']['entries'][0]
    assert entry['response']['status'] == status
    assert entry['request']['queryString'] == [{'name': 'q', 'value': 'b c'},
                                               {'name': 'd', 'value': ''}]
    assert '_webSocketMessages' not in entry


def test_a_refused_handshake_has_no_messages_in_the_har(broker):
    api(broker, 'faults', {'fault': 'fail_upgrade status=503'})
    with pytest.raises(AssertionError, match='503'):
        Client(f'ws://127.0.0.1:{broker.port("ws")}/')
    entry = json.loads(ctl(broker, 'har').stdout)['log']['entries'][0]
    assert entry['request']['method'] == 'GET'
    assert '_webSocketMessages' not in entry


def test_octets_that_are_no_text_are_base64_in_the_har(broker):
    with Client(f'ws://127.0.0.1:{broker.port("ws")}/') as client:
        client._wire._send_frame(2, b'SEND\ndestination:/queue/a\n\n\xff\0')  # noqa: SLF001
        assert api(broker, 'wait', {'match': {'command': 'SEND'}})[0] == 200
    messages = json.loads(ctl(broker, 'har').stdout)['log']['entries'][0]['_webSocketMessages']
    binary = [m for m in messages if m['opcode'] == 2]
    assert [base64.b64decode(m['data']) for m in binary] == [
        b'SEND\ndestination:/queue/a\n\n\xff\0']


def test_metrics_are_in_the_format_of_prometheus(broker):
    api(broker, 'faults', {'fault': 'duplicate name=twice on=RECEIPT'})
    api(broker, 'publish', {'destination': '/queue/a"b\\', 'body': 'x'})
    with stomp_frames.Client(broker.port('stomp')) as client:
        client.send('/queue/c', 'x')
        kind, text = text_of(broker, 'metrics')
        assert ctl(broker, 'metrics').returncode == 0
    assert kind == 'text/plain; version=0.0.4; charset=utf-8'
    label = r'[a-z]+="(?:[^"\\\n]|\\["\\n])*"'
    sample = re.compile(rf'pumphouse_mock_[a-z_]+(\{{{label}(,{label})*\}})? \d+')
    helped = set()
    for line in text.splitlines():
        if line.startswith('# '):
            helped.add(line.split()[2])
            continue
        assert sample.fullmatch(line), line
        assert re.split(r'[ {]', line)[0] in helped, line
    assert 'pumphouse_mock_connections{leg="client-broker"} 1\n' in text
    assert 'pumphouse_mock_fault_fired_total{fault="twice",action="duplicate"} 1\n' in text
    assert 'pumphouse_mock_destination_depth{destination="/queue/a\\"b\\\\"} 1\n' in text
    assert 'pumphouse_mock_journal_lost 0\n' in text
