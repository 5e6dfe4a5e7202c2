"""The examples of who gets in and how often, as a person starts them: basic-auth-file, api-key, access-control,
rate-limit and cors."""
import base64
import http.client
import json
import shutil

import pytest

import processes
import wire

EXAMPLES = processes.ROOT / 'examples'
OPTIONS = ['--bind', '127.0.0.1', *(f'--map-port={port}=0' for port in (8080, 8081, 8082))]
LOADED = 'runs by the changed configuration'
REFUSED = 'the changed configuration was not loaded'


@pytest.fixture
def example(services):
    """Starts one by its name."""
    running = []

    def start(name):
        script = EXAMPLES / name / 'service-proxy.sh'
        running.append(services(lambda folder: processes.Service('gateway', OPTIONS, folder, script)))
        return running[-1]

    yield start
    assert all(gateway.stop() == 0 for gateway in running)


@pytest.fixture
def copied(services, tmp_path):
    """Starts a copy of one, whose files may be changed: (the gateway, the folder)."""
    def start(name):
        home = tmp_path / name
        shutil.copytree(EXAMPLES / name, home)
        arguments = ['-c', home / 'proxies.xml', *OPTIONS]
        return services(lambda folder: processes.Service('gateway', arguments, folder)), home

    return start


def ask(port, target='/', method='GET', body=None, **headers):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=wire.LIMIT)
    try:
        connection.request(method, target, body,
                           {name.replace('_', '-'): value for name, value in headers.items()})
        answer = connection.getresponse()
        return wire.Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def text(answer):
    assert answer.status == 200
    return answer.body.decode()


def problem(answer):
    assert answer.headers['Content-Type'] == 'application/problem+json'
    told = json.loads(answer.body)
    assert told['status'] == answer.status
    return told['detail']


def login(pair):
    return {'Authorization': 'Basic ' + base64.b64encode(pair.encode()).decode()}


# basic-auth-file

@pytest.mark.parametrize('pair', ['alice:flower', 'bob:tree'])
def test_users_of_the_file_get_in(example, pair):
    gateway = example('basic-auth-file')
    user = pair.partition(':')[0]
    assert text(ask(gateway.port('Members'), **login(pair))) == f'Welcome, {user}.'
    log = gateway.log()
    assert f' - {user} [' in log
    assert 'flower' not in log and 'tree' not in log


def test_others_are_asked_for_a_password(example):
    gateway = example('basic-auth-file')
    users = (EXAMPLES / 'basic-auth-file/users').read_text()
    hash_of_bob = users.partition('bob:')[2].strip()
    for headers in ({}, login('alice:tree'), login('carol:leaf'), login('bob:' + hash_of_bob),
                    {'Authorization': 'Bearer flower'}):
        answer = ask(gateway.port('Members'), **headers)
        assert answer.status == 401
        assert answer.headers['WWW-Authenticate'] == 'Basic realm="membrane"'


def test_a_user_who_is_added_gets_in_and_a_bad_line_changes_nothing(copied):
    gateway, folder = copied('basic-auth-file')
    users = folder / 'users'
    port = gateway.port('Members')
    assert ask(port, **login('carol:leaf')).status == 401
    users.write_text(users.read_text() + 'carol:leaf\n')
    gateway.wait_for_log(LOADED)
    assert text(ask(port, **login('carol:leaf'))) == 'Welcome, carol.'
    users.write_text(users.read_text() + 'dave\n')
    assert 'line 5 is not user:hash' in gateway.wait_for_log(REFUSED)
    assert text(ask(port, **login('carol:leaf'))) == 'Welcome, carol.'


# api-key

def test_keys_of_the_file_get_in_with_their_scopes(example):
    gateway = example('api-key')
    port = gateway.port('Shop')
    welcome = 'Welcome to the shop. Scopes: '
    assert text(ask(port, X_Api_Key='flower-2741')) == welcome
    assert text(ask(port, X_Api_Key='tree-5930')) == welcome + 'read,write'
    assert text(ask(port, '/?key=tree-5930')) == welcome + 'read,write'
    assert text(ask(port, method='POST', body=b'rose', X_Api_Key='tree-5930')) == welcome + 'read,write'
    answer = ask(port, method='POST', body=b'rose', X_Api_Key='flower-2741')
    assert (answer.status, answer.body) == (403, b'This key may only read.')
    log = gateway.log()
    assert 'GET /?key=**** HTTP/1.1' in log
    assert '2741' not in log and '5930' not in log


def test_without_a_key_of_the_file_nobody_gets_in(example):
    gateway = example('api-key')
    port = gateway.port('Shop')
    answer = ask(port)
    assert answer.status == 401
    assert answer.headers['WWW-Authenticate'] == 'ApiKey realm="membrane"'
    assert problem(answer) == 'An API key is needed.'
    for key in ('flower', 'FLOWER-2741', 'tree-5930:read', '# key'):
        answer = ask(port, X_Api_Key=key)
        assert answer.status == 403
        assert problem(answer) == 'The API key is not known.'


def test_keys_come_and_go_with_the_file(copied):
    gateway, folder = copied('api-key')
    port = gateway.port('Shop')
    (folder / 'keys.txt').write_text('leaf:read\n')
    gateway.wait_for_log(LOADED)
    assert text(ask(port, X_Api_Key='leaf')).endswith('read')
    assert ask(port, X_Api_Key='tree-5930').status == 403
    (folder / 'keys.txt').write_text('leaf:read\nleaf\n')
    assert 'line 2 has a key for the second time' in gateway.wait_for_log(REFUSED)
    assert 'leaf' not in gateway.log()
    assert text(ask(port, X_Api_Key='leaf')).endswith('read')


# access-control

def test_addresses_decide(example):
    gateway = example('access-control')
    assert text(ask(gateway.port('Here'))) == 'Welcome.'
    assert ask(gateway.port('Elsewhere')).status == 403
    # Nobody asked it to believe that.
    assert ask(gateway.port('Elsewhere'), X_Forwarded_For='203.0.113.7').status == 403


@pytest.mark.parametrize('hops, status', [
    ('203.0.113.7', 200), ('203.0.113.66', 403), ('198.51.100.1', 403), ('203.0.113.7, 127.0.0.9', 200),
    ('203.0.113.7, 198.51.100.1', 403), ('unknown', 403)])
def test_a_trusted_proxy_says_who_comes(example, hops, status):
    port = example('access-control').port('Behind a proxy')
    assert ask(port).status == 403
    assert ask(port, X_Forwarded_For=hops).status == status


# rate-limit

def test_the_sixth_request_is_told_when_to_come_again(example):
    gateway = example('rate-limit')
    answers = [ask(gateway.port('By address')) for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    headers = answers[-1].headers
    assert 1 <= int(headers['Retry-After']) <= 60
    assert headers['X-RateLimit-Reset'] == headers['Retry-After']
    assert (headers['X-RateLimit-Limit'], headers['X-RateLimit-Duration']) == ('5', 'PT1M')
    assert problem(answers[-1]) == f"Try again in {headers['Retry-After']} seconds."
    metrics = text(ask(gateway.port('Metrics')))
    assert 'pumphouse_events_total{event="rate_limited"} 1\n' in metrics
    assert 'pumphouse_events_total{event="rate_limit_overflow"} 0\n' in metrics


def test_each_key_has_a_rate_of_its_own(example):
    port = example('rate-limit').port('By key')
    for headers in ({'X_Api_Key': 'flower'}, {'X_Api_Key': 'tree'}, {}):
        assert [ask(port, **headers).status for _ in range(4)] == [200] * 3 + [429]


# cors

ORIGIN = 'http://localhost:8081'


def preflight(port, origin, method, **more):
    return ask(port, method='OPTIONS', Origin=origin, Access_Control_Request_Method=method, **more)


def test_the_named_origin_may_call(example):
    port = example('cors').port('API')
    answer = preflight(port, ORIGIN, 'PUT', Access_Control_Request_Headers='x-shop')
    assert answer.status == 204
    assert {name: answer.headers['Access-Control-' + name]
            for name in ('Allow-Origin', 'Allow-Methods', 'Allow-Headers', 'Max-Age')} == {
                'Allow-Origin': ORIGIN, 'Allow-Methods': 'GET, PUT', 'Allow-Headers': 'x-shop',
                'Max-Age': '60'}
    answer = ask(port, method='PUT', Origin=ORIGIN)
    assert json.loads(text(answer)) == {'method': 'PUT'}
    assert answer.headers['Access-Control-Allow-Origin'] == ORIGIN
    assert answer.headers['Access-Control-Expose-Headers'] == 'X-Left'


def test_others_are_not_told_that_they_may(example):
    port = example('cors').port('API')
    for answer in (preflight(port, 'http://localhost:8082', 'PUT'), preflight(port, ORIGIN, 'DELETE'),
                   preflight(port, ORIGIN, 'PUT', Access_Control_Request_Headers='x-other')):
        assert answer.status == 403
        assert 'Access-Control-Allow-Methods' not in answer.headers
    answer = ask(port, Origin='http://localhost:8082')
    assert answer.status == 200 and 'Access-Control-Allow-Origin' not in answer.headers


def test_the_pages_are_there(example):
    gateway = example('cors')
    for name in ('Page', 'Other page'):
        port = gateway.port(name)
        assert 'page.js' in text(ask(port))
        assert 'X-Shop' in text(ask(port, '/page.js'))
