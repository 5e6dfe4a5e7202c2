"""<sslProxy> between Python's TLS and the gateway's own: handshakes pass through unchanged, and alerts
are understood."""
import http.client
import json
import re
import socket
import ssl
import subprocess

import pytest

import processes
import wire

CONFIG = '''<spring:beans xmlns="http://membrane-soa.org/proxies/1/"
    xmlns:spring="http://www.springframework.org/schema/beans"><router>
  <sslProxy name="Door" port="8443" host="localhost *.example" useAsDefault="false">
    <target host="localhost" port="4443"/>
  </sslProxy>
  <serviceProxy name="Page" port="4443">
    <ssl><keystore location="membrane.p12" password="secret"/></ssl>
    <static>the page</static><return/>
  </serviceProxy>
  <serviceProxy name="Console" port="9000"><adminConsole/></serviceProxy>
</router></spring:beans>'''


@pytest.fixture
def gateway(services, tmp_path):
    subprocess.run([processes.BINARIES / 'gateway', 'keystore', tmp_path / 'membrane.p12',
                    '--password', 'secret'], check=True, capture_output=True)
    (tmp_path / 'proxies.xml').write_text(CONFIG)
    options = ['-c', tmp_path / 'proxies.xml', '--bind', '127.0.0.1', '--drain-time', 2,
               *(f'--map-port={port}=0' for port in (8443, 4443, 9000))]
    return services(lambda folder: processes.Service('gateway', options, folder))


def connect(gateway, name):
    """TLS with the door, asking for `name`; None asks for nothing."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain = socket.create_connection(('127.0.0.1', gateway.port('Door')), timeout=wire.LIMIT)
    return context.wrap_socket(plain, server_hostname=name)


def streams(gateway):
    url = f'http://127.0.0.1:{gateway.port("Console")}/admin/rest/streams'
    return json.loads(wire.get(url).body)['streams']


@pytest.mark.parametrize('name', ['localhost', 'LOCALHOST'])
def test_a_page_comes_through(gateway, name):
    with connect(gateway, name) as stream:
        stream.sendall(b'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        answer = http.client.HTTPResponse(stream)
        answer.begin()
        assert (answer.status, answer.read()) == (200, b'the page')


def test_pumps_are_named_ssl(gateway):
    with connect(gateway, 'localhost'):
        up, down = streams(gateway)
        assert re.fullmatch(r'SSL /127\.0\.0\.1:\d+ -> localhost/127\.0\.0\.1:\d+', up['name'])
        assert up['bytes'] > 100 and down['bytes'] > 100
        assert up['proxy'] == 'Door'


@pytest.mark.parametrize('name', ['other.test', None])
def test_names_that_nobody_serves_get_an_alert(gateway, name):
    with pytest.raises(ssl.SSLError, match='(?i)unrecognized.name'):
        connect(gateway, name)


def test_what_is_no_tls_gets_an_alert(gateway):
    with socket.create_connection(('127.0.0.1', gateway.port('Door')), timeout=wire.LIMIT) as stream:
        stream.sendall(b'GET / HTTP/1.1\r\n\r\n')
        assert stream.recv(100) == b'\x15\x03\x03\0\2\2\x0a'
        assert stream.recv(100) == b''
