"""Strict tests of the pytest plugin fail for what they did not ask for, and for nothing else."""
import pytest

from test_guide import run_pytest

STRICT = 'import pytest\nfrom pumphouse_pytest import Client, NotReceived\n' \
         'pytestmark = pytest.mark.stomp_broker(strict=True)\n\n'

FAILING = {
    'a message that is left': ('''
def test_it(stomp_broker, stomp_client):
    news = stomp_client.subscribe('/queue/a')
    stomp_broker.publish('/queue/a', 'taken')
    stomp_broker.publish('/queue/a', 'left')
    assert news.next().body == 'taken'
''', "client 1 got what the test never took: MESSAGE", "body='left'"),
    'an error that is left': ('''
def test_it(stomp_broker, stomp_client):
    with stomp_broker.fault('error on=SEND message=no then=keep'):
        stomp_client.send_frame('SEND', {'destination': '/queue/a'}, 'x')
        stomp_broker.call('POST', 'wait', {'match': {'command': 'ERROR'}})
    stomp_broker.queue('/queue/a')
''', 'client 1 got what the test did not expect: ERROR', "message='no'"),
    'a connection of somebody else': ('''
def test_it(stomp_broker, stomp_client):
    Client(stomp_broker.url).close()
''', 'nobody asked for a connection: c2 opened'),
    'a frame that nobody reads': ('''
def test_it(stomp_client):
    stomp_client.subscribe('/queue/a.*')
    stomp_client.send('/queue/a.b.c', 'x')
''', "nobody subscribed to '/queue/a.b.c': c1 > SEND"),
}
PASSING = '''
def test_it(stomp_broker, stomp_client_factory):
    with stomp_broker.fault('auth_fail on=CONNECT'), pytest.raises(NotReceived):
        stomp_client_factory()
    client = stomp_client_factory()
    news = client.subscribe('/topic/a.>')
    client.send('/topic/a.b', 'x')
    assert news.next().body == 'x'
    client.send('/queue/looked.at', 'x')
    assert stomp_broker.queue('/queue/looked.at')['depth'] == 1
    stomp_broker.expect_connections(1)
    Client(stomp_broker.tcp_url).close()
    with stomp_broker.fault('error on=SEND message=no then=keep'):
        client.send_frame('SEND', {'destination': '/topic/a.b'}, 'x')
        assert client.error().headers['message'] == 'no'
'''


@pytest.mark.parametrize('name', FAILING)
def test_a_strict_test_fails_for(tmp_path, name):
    source, *texts = FAILING[name]
    (tmp_path / 'test_it.py').write_text(STRICT + source)
    result = run_pytest(tmp_path)
    assert result.returncode == 1, result.stdout
    assert 'strict:' in result.stdout
    for text in texts:
        assert text in result.stdout, result.stdout
    (tmp_path / 'test_it.py').write_text(STRICT.replace('strict=True', 'strict=False') + source)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout


def test_a_strict_test_passes_with_what_it_asked_for(tmp_path):
    (tmp_path / 'test_it.py').write_text(STRICT + PASSING)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout


def test_bodies_are_matched_as_json(tmp_path):
    (tmp_path / 'test_it.py').write_text('''
import pytest
from pumphouse_pytest import ControlError


def test_it(stomp_broker, stomp_client):
    stomp_client.send('/queue/a', '{"items": [{"price": 3, "name": "pump"}], "paid": true}')
    assert stomp_broker.received(
        'SEND', body_json={'paid': True, 'items': [{'name': 'pump', 'price': 3}]})
    assert stomp_broker.received('SEND', body_json_at={'items.0.price': 3, 'paid': True})
    with pytest.raises(ControlError, match='body: items.0.price is 3, expected 4'):
        stomp_broker.received('SEND', body_json_at={'items.0.price': 4}, timeout=0)
    with pytest.raises(ControlError, match='body: paid is true, expected not to be there'):
        stomp_broker.received('SEND', timeout=0,
                              body_json={'items': [{'price': 3, 'name': 'pump'}]})
    with pytest.raises(ControlError, match="did you mean 'body_json_at'"):
        stomp_broker.received('SEND', body_json_att={})
''')
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout
