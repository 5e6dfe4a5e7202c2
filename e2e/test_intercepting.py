"""The examples that look at WebSocket frames and change STOMP messages."""
import subprocess

import pytest
from selenium.webdriver.common.by import By

import processes
import wire

EXAMPLES = processes.ROOT / 'examples'


def start(services, example, *maps):
    options = ['--bind', '127.0.0.1', *(f'--map-port={one}' for one in maps)]
    script = EXAMPLES / example / 'service-proxy.sh'
    return services(lambda folder: processes.Service('gateway', options, folder, script))


@pytest.fixture
def broker(services):
    return services(processes.make_broker)


def test_frames_are_logged_without_the_passcode(services, broker):
    gateway = start(services, 'websocket-intercepting', '9999=0', f'8080={broker.port("ws")}')
    url = f'ws://localhost:{gateway.port("0.0.0.0:9999")}/'
    subprocess.run([processes.BINARIES / 'stomp-client', url, '--login', 'me', '--passcode',
                    'geheim', 'send', '/queue/foo', 'Hello', '--receipt'], check=True, timeout=20)
    log = gateway.wait_for_log('(close)', 2)
    assert 'WebSocket frame from client to server' in log
    assert 'WebSocket frame from server to client' in log
    assert 'Hello' in log and 'CONNECTED' in log
    assert 'passcode:****' in log and 'geheim' not in log


@pytest.fixture
def prefixing(services, broker):
    return start(services, 'stomp-over-websocket-intercepting', '4443=0',
                 f'61614={broker.port("ws")}')


SUBSCRIBE = 'SUBSCRIBE\nid:1\ndestination:/queue/foo\nreceipt:r\n\n\0'
SEND = 'SEND\ndestination:/queue/foo\n\nHello\0'


@pytest.mark.parametrize('messages', [[SEND], [SEND[:3], SEND[3:]], [SEND[:-4], SEND[-4:]],
                                      [SUBSCRIBE.replace('id:1', 'id:2') + SEND]],
                         ids=['whole', 'cut in the command', 'cut in the body', 'two in one'])
def test_a_send_gets_its_prefix(prefixing, messages):
    with wire.WebSocket(prefixing.port('0.0.0.0:4443')) as socket:
        socket.send_text('CONNECT\naccept-version:1.2\nhost:localhost\n\n\0')
        assert socket.receive()[1].startswith(b'CONNECTED')
        socket.send_text(SUBSCRIBE)
        assert socket.receive()[1].startswith(b'RECEIPT')
        for message in messages:
            socket.send_text(message)
        frame = socket.receive()[1]
        while frame.startswith(b'RECEIPT'):
            frame = socket.receive()[1]
    assert frame.startswith(b'MESSAGE')
    assert frame.endswith(b'\n\n[MEMBRANE]: Hello\0')


def test_the_page_shows_the_changed_message(prefixing, browser):
    browser.driver.get(f'http://localhost:{prefixing.port("0.0.0.0:4443")}/')
    assert browser.wait_text('#state', 'connected')
    browser.driver.find_element(By.ID, 'text').send_keys('Hello')
    browser.driver.find_element(By.CSS_SELECTOR, 'button').click()
    assert browser.wait_text('#messages li span', '[MEMBRANE]: Hello')
