"""Foreign clients in Chromium, through the gateway: from the one of 2012 to today's."""
import shutil
import subprocess

import pytest
from selenium.webdriver.common.by import By

import processes
import wire
from test_stomp_client import gone

CLEAN = {'code': 1005, 'clean': True}  # 1005: a Close frame without a code


@pytest.fixture
def page(house, browser, tmp_path):
    """The page with the clients, served by the gateway like any other."""
    put_pages(house.example / 'www')
    browser.driver.get(house.page + '/clients.html')
    return browser


def put_pages(folder):
    for file in ('clients.html', 'clients.js'):
        shutil.copy(processes.ROOT / 'e2e/pages' / file, folder)
    processes.fetch_library('stompjs', 'lib/stomp.js', folder / 'stomp-2.3.3.js')


def live(browser, client, *arguments):
    """What the client of pages/clients.js saw."""
    browser.driver.set_script_timeout(20)
    return browser.driver.execute_async_script(
        'const [name, values, done] = arguments; clients[name](...values).then(done);',
        client, arguments)


def ends(house):
    """The reasons of the tunnels that have ended, in order."""
    return [line.split(' sent=')[0].rsplit(' ', 1)[-1]
            for line in house.gateway_service.log().splitlines() if ' tunnel: #' in line]


@pytest.mark.parametrize('says_goodbye', [False, True])
def test_client_of_2012(house, page, says_goodbye):
    seen = live(page, 'plain', '/queue/old', says_goodbye)
    text = page.driver.execute_script('return clients.text')
    assert seen['protocol'] == '', 'a subprotocol was chosen that nobody offered'
    connected, message = seen['frames']
    assert connected['command'] == 'CONNECTED'
    # ActiveMQ says both also to a client that never heard of versions.
    assert connected['headers']['version'] == '1.0'
    assert connected['headers']['heart-beat'] == '0,0'
    assert message['command'] == 'MESSAGE'
    assert message['body'] == text
    assert message['headers']['destination'] == '/queue/old'
    assert seen['close']['clean'], seen
    if not says_goodbye:
        assert {k: seen['close'][k] for k in CLEAN} == CLEAN
    assert gone(house)
    assert ends(house) == ['closed']


def test_stompjs_of_today(house, page):
    seen = live(page, 'modern', '/queue/modern')
    text = page.driver.execute_script('return clients.text')
    assert seen['version'] == '1.2'
    assert seen['message'] == {'body': text, 'colour': 'blue: dark'}
    assert seen['receipt']
    assert seen['close']['clean'], seen
    assert gone(house)
    assert ends(house) == ['closed']


def test_stompjs_2(house, page):
    seen = live(page, 'old', '/queue/old2')
    assert seen == {'message': {'body': page.driver.execute_script('return clients.text')}}
    assert gone(house)


def close_of(browser, condition='seen.close'):
    return browser.until(lambda: browser.driver.execute_script(f'return {condition}'), 'end')


def test_broker_killed_between_frames(house, page):
    page.driver.execute_script("window.seen = clients.listen('/queue/foo')")
    close_of(page, 'seen.open')
    house.broker_service.kill()
    seen = close_of(page)
    assert seen['code'] == 1011, seen
    assert seen['reason']
    assert gone(house)
    assert ends(house) == ['upstream-lost']


def test_broker_ends_in_mid_frame(services, complete_example, browser):
    broker = wire.FakeBroker()
    try:
        gateway = services(processes.make_gateway, complete_example / 'proxies.xml', broker.port)
        put_pages(complete_example / 'www')
        browser.driver.get(f'https://localhost:{gateway.port("0.0.0.0:4443")}/clients.html')
        # A text frame of 100 octets, of which ten come.
        broker.answer_with(bytes([0x81, 100]) + b'CONNECTED\n')
        browser.driver.execute_script("window.seen = clients.listen('/queue/foo')")
        seen = close_of(browser)
        assert (seen['code'], seen['clean']) == (1006, False)
    finally:
        broker.close()


def test_gateway_shuts_down(house, page):
    page.driver.execute_script("window.seen = clients.listen('/queue/foo')")
    close_of(page, 'seen.open')
    assert house.gateway_service.stop() == 0
    seen = close_of(page)
    assert (seen['code'], seen['clean']) == (1001, True), seen


def test_page_reconnects(services, complete_example, browser):
    """Broker gone, broker back on the same port: the page goes on by itself."""
    first = services(processes.make_broker)
    gateway = services(processes.make_gateway, complete_example / 'proxies.xml', first.port('ws'))
    page = f'https://localhost:{gateway.port("0.0.0.0:4443")}'
    browser.driver.get(page + '/')
    assert browser.wait_text('#state', 'connected')
    first.kill()
    assert browser.wait_text('#state', 'connection lost, trying again...')
    second = services(processes.make_broker, ws=first.port('ws'))
    assert browser.wait_text('#state', 'connected')
    lines = browser.console_lines(page)
    assert lines[:2] == ['connecting...', 'connected.'] and lines[-1] == 'connected.'
    assert lines.count('connected.') == 2
    to = f'stomp://localhost:{second.port("stomp")}'
    subprocess.run([processes.BINARIES / 'stomp-client', to, 'send', '/queue/foo',
                    'after the break'], check=True, timeout=20)
    assert browser.wait_text('#messages li span', 'after the break')


def test_page_sends(house, browser):
    """The page's own form; its text comes back as a message."""
    browser.driver.get(house.page + '/')
    assert browser.wait_text('#state', 'connected')
    browser.driver.find_element(By.ID, 'text').send_keys('typed <i>here</i>')
    browser.driver.find_element(By.CSS_SELECTOR, '#send button').click()
    assert browser.wait_text('#messages li span', 'typed <i>here</i>')
    assert not browser.driver.find_elements(By.CSS_SELECTOR, '#messages i')
