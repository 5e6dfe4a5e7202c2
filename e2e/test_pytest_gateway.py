"""The gateway fixture of the pytest plugin: files as they are shipped, legs, TLS."""
import shutil

import processes
from test_guide import run_pytest

TEST = '''
import pytest

pytestmark = pytest.mark.gateway('example/proxies.xml')


def test_tls_is_known(gateway, stomp_broker, stomp_client_factory):
    assert gateway.url(4443).startswith('wss://')
    assert gateway.url(4444).startswith('ws://')
    news = stomp_client_factory(gateway.url(4443)).subscribe('/queue/foo')
    stomp_broker.publish('/queue/foo', 'Hello world!')
    assert news.next().body == 'Hello world!'


def test_the_brokers_leg_has_its_name(gateway, stomp_broker, stomp_client_factory):
    with stomp_broker.fault('reply command=ERROR on=SEND leg=gateway-broker') as fault:
        client = stomp_client_factory(gateway.url(4443))
        client.send_frame('SEND', {'destination': '/queue/foo'}, 'x')
        client.error()
        assert fault.fired == 1
    assert {e['leg'] for e in stomp_broker.journal()} == {'gateway-broker'}
    assert '> CONNECT' in stomp_broker.recording()
'''
WITHOUT = '''
def test_without_a_gateway_the_leg_is_the_clients(stomp_broker, stomp_client):
    assert {e['leg'] for e in stomp_broker.journal()} == {'client-broker'}
'''


def example(tmp_path):
    """As it is in a fresh checkout: without a keystore."""
    folder = tmp_path / 'example'
    shutil.copytree(processes.EXAMPLE, folder, ignore=shutil.ignore_patterns('*.p12', '*.pem'))
    return folder


def test_a_shipped_example_runs_and_stays_as_it_is(tmp_path):
    folder = example(tmp_path)
    before = sorted(folder.rglob('*'))
    (tmp_path / 'test_1.py').write_text(TEST)
    (tmp_path / 'test_2.py').write_text(WITHOUT)
    result = run_pytest(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert '3 passed' in result.stdout
    assert sorted(folder.rglob('*')) == before


def test_a_keystore_in_a_folder_of_its_own_is_made_too(tmp_path):
    folder = example(tmp_path)
    file = folder / 'proxies.xml'
    file.write_text(file.read_text().replace('"membrane.p12"', '"keys/of/it.p12"'))
    (folder / 'keys').mkdir()
    (folder / 'keys/readme').write_text('')
    (tmp_path / 'test_1.py').write_text(TEST)
    result = run_pytest(tmp_path, '-k', 'tls')
    assert result.returncode == 0, result.stdout + result.stderr
    assert [each.name for each in (folder / 'keys').iterdir()] == ['readme']


def test_a_missing_file_is_told_with_the_folder_that_it_is_relative_to(tmp_path):
    (tmp_path / 'test_1.py').write_text(TEST)
    result = run_pytest(tmp_path, '-k', 'tls')
    assert result.returncode == 1
    assert f'there is no {tmp_path}/example/proxies.xml; paths are relative to the folder' \
        in result.stdout, result.stdout
