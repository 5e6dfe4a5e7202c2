"""examples/mtls as a person starts it: only clients with the right certificate get in."""
import socket
import ssl
import subprocess

import pytest

import processes
import wire

EXAMPLE = processes.ROOT / 'examples/mtls'
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture
def gateway(services):
    """service-proxy.sh makes what is missing and runs the gateway in its place."""
    options = ['--bind', '127.0.0.1', '--map-port', '8443=0']
    script = EXAMPLE / 'service-proxy.sh'
    return services(lambda folder: processes.Service('gateway', options, folder, script))


def make_context(version, certificate=None, key=None):
    context = ssl.create_default_context(cafile=EXAMPLE / 'server.pem')
    context.minimum_version = context.maximum_version = version
    if certificate:
        context.load_cert_chain(certificate, key)
    return context


def shake_hands(gateway, context):
    """Up to the server's first octet: a TLS 1.3 server refuses when the client is already done."""
    port = gateway.port('0.0.0.0:8443')
    with socket.create_connection(('127.0.0.1', port), timeout=wire.LIMIT) as plain:
        with context.wrap_socket(plain, server_hostname='localhost') as stream:
            stream.recv(1)


@pytest.mark.parametrize('version', VERSIONS)
def test_client_certificate(gateway, version):
    context = make_context(version, EXAMPLE / 'client.pem', EXAMPLE / 'client.key')
    answer = wire.get(f'https://localhost:{gateway.port("0.0.0.0:8443")}/', context)
    assert (answer.status, answer.body) == (200, b'Welcome.')
    assert 'client certificate O=Pumphouse development,CN=alice' in gateway.log()
    assert gateway.stop() == 0


@pytest.mark.parametrize('version', VERSIONS)
def test_no_certificate(gateway, version):
    with pytest.raises(ssl.SSLError, match='certificate required|handshake failure'):
        shake_hands(gateway, make_context(version))
    gateway.wait_for_log('handshake failed: peer did not return a certificate')


@pytest.mark.parametrize('version', VERSIONS)
def test_certificate_of_a_stranger(gateway, tmp_path, version):
    certificate, key = tmp_path / 'stranger.pem', tmp_path / 'stranger.key'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj',
                    '/CN=alice/O=Pumphouse development', '-keyout', key, '-out', certificate],
                   check=True, capture_output=True)
    with pytest.raises(ssl.SSLError, match='unknown ca'):
        shake_hands(gateway, make_context(version, certificate, key))
    gateway.wait_for_log('handshake failed: self-signed certificate')
