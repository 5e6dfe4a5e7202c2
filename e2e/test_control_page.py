"""The live page of the control API in Chromium, as a developer uses it."""
import contextlib

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import processes
import stomp_frames
from control_api import api

EVIL = '<img src=x onerror="window.hacked = 1">'
ROWS = """
return [...document.querySelectorAll('#rows tr.entry')].filter(r => !r.hidden)
  .map(r => r.querySelector('.what').innerText.trim());
"""


class Page:
    def __init__(self, browser, broker, pictures):
        self.browser = browser
        self.driver = browser.driver
        self.broker = broker
        self.pictures = pictures
        self.driver.get(f'http://localhost:{broker.port("control")}/')
        assert browser.wait_text('#live', 'live')

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def press(self, text):
        self.driver.find_element(By.XPATH, f'//button[.="{text}"]').click()

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.find(f'[name="{name}"]')
            field.clear()
            field.send_keys(value)

    def said(self, text):
        assert self.browser.wait_text('#said', text), self.find('#said').text

    def rows(self):
        return self.driver.execute_script(ROWS)

    def row(self, *parts):
        """The first row that has all of these texts, once it is there."""
        def found():
            return next((r for r in self.rows() if all(p in r for p in parts)), None)
        return self.browser.until(found, f'row with {parts}: {self.rows()}')

    def text(self, selector):
        return self.find(selector).text

    def until_text(self, selector, text):
        self.browser.until(lambda: text in self.text(selector), f'{text!r} in {selector}')

    def complaints(self):
        return [e['message'] for e in self.driver.get_log('browser') if e['level'] == 'SEVERE']

    def fits(self):
        return self.driver.execute_script(
            'return document.documentElement.scrollWidth <= window.innerWidth')

    @contextlib.contextmanager
    def scheme(self, name):
        self.browser.command('Emulation.setEmulatedMedia',
                             features=[{'name': 'prefers-color-scheme', 'value': name}])
        try:
            yield
        finally:
            self.browser.command('Emulation.setEmulatedMedia', features=[])

    def look(self, name):
        """Pictures in both schemes and at both widths, and nothing wider than the screen."""
        for scheme in ('light', 'dark'):
            with self.scheme(scheme):
                assert self.fits(), name
                self.browser.picture(self.pictures / f'{name}-{scheme}.png')
                with self.browser.phone():
                    assert self.browser.until(self.fits, f'{name} on a phone')
                    self.browser.picture(self.pictures / f'{name}-{scheme}-phone.png')


@pytest.fixture
def broker(services):
    return services(processes.make_broker, extra=['--control', '0'])


@pytest.fixture
def page(browser, broker, logs):
    return Page(browser, broker, logs)


@pytest.fixture
def client(broker):
    with stomp_frames.Client(broker.port('stomp'), client_id='me') as connected:
        yield connected


def test_a_fault_by_button_spoils_what_the_box_publishes(page, client):
    client.subscribe('/queue/foo')
    page.until_text('#connections', 'c1')
    page.press('Lose a MESSAGE')
    page.said('Armed: drop-1.')
    page.until_text('#faults', 'fired 0 of 1')
    page.fill(destination='/queue/foo', body='never comes', headers='color:red')
    page.press('Publish')
    page.row('MESSAGE', 'never comes', 'color="red"', 'dropped by drop-1')
    page.until_text('#faults', 'fired 1 of 1')
    page.fill(body='comes')
    page.press('Publish')
    page.row('MESSAGE', 'body(5)="comes"')
    assert client.message().body == 'comes'
    page.until_text('#queues', '/queue/foo 0 0 1 2 2')
    page.look('ladder')
    assert page.complaints() == []


def test_every_usual_fault_is_one(page):
    buttons = page.driver.find_elements(By.CSS_SELECTOR, '[data-fault]')
    assert len(buttons) == 12
    for number, button in enumerate(buttons):
        button.click()
        page.browser.until(
            lambda: len(page.driver.find_elements(By.CSS_SELECTOR, '#faults li')) == number + 1,
            f'fault of {button.text}')
    page.look('faults')
    page.driver.find_element(By.CSS_SELECTOR, '[aria-label="Remove rst-1"]').click()
    page.browser.until(lambda: 'rst-1' not in page.text('#faults'), 'end of rst-1')
    assert page.complaints() == []


def test_the_line_box_takes_any_fault_and_says_what_is_wrong(page):
    page.fill(line='dorp on=RECEIPT')
    page.press('Arm')
    page.until_text('#arm-error', "action 'dorp' is not known; did you mean 'drop'?")
    page.fill(line='drop name=mine on=RECEIPT nth=2')
    page.press('Arm')
    page.said('Armed: mine.')
    assert page.text('#arm-error') == ''
    page.until_text('#faults', 'drop on=RECEIPT nth=2')
    page.until_text('#faults', 'mine')
    page.fill(headers='no colon')
    page.press('Publish')
    page.until_text('#publish-error', "'no colon': a header is name:value")


def test_rows_are_marked_filtered_and_open_to_octets(page, client):
    client.send('/queue/a', 'hello', {'passcode': 'hidden'})
    client.raw(b'JUMP\n\n\0')
    broken = page.row('JUMP')
    assert 'is no client command' in broken
    assert 'CONNECT' in page.rows()[1]
    page.find('#by-mark').click()
    page.browser.until(lambda: page.rows() == [broken], 'the marked row alone')
    assert page.text('#shown').startswith('1 of ')
    page.look('filtered')
    page.find('#by-mark').click()
    Select(page.find('#by-command')).select_by_value('SEND')
    page.browser.until(lambda: len(page.rows()) == 1, 'the SEND alone')
    page.find('#rows tr.entry:not([hidden]) .open').send_keys('\n')
    page.until_text('#rows .detail pre[aria-label="Octets"]', '53 45 4e 44 0a')
    octets = page.text('#rows .detail')
    assert 'hidden' not in octets and '***' in octets
    page.look('opened')
    page.find('#rows tr.entry:not([hidden]) .open').click()
    page.browser.until(lambda: not page.driver.find_elements(By.CSS_SELECTOR, '.detail'),
                       'closed row')
    Select(page.find('#by-command')).select_by_value('')
    page.find('#by-text').send_keys('nothing like that')
    page.until_text('#no-rows', 'Nothing of it is as the filter asks.')


def test_reset_restart_and_drop(page, broker, client):
    client.send('/queue/a', 'stored')
    page.row('SEND', 'stored')
    page.press('Drop all')
    page.said('1 connection dropped.')
    page.row('closed')
    page.until_text('#connection-count', 'none')
    page.until_text('#queues', '/queue/a 1')
    page.press('Restart')
    page.browser.until(lambda: '/queue/a' not in page.text('#queues'), 'an empty broker')
    page.press('Lose a RECEIPT')
    page.until_text('#faults', 'drop-1')
    page.press('Reset')
    page.said('Faults are taken back, the ladder is empty. Never acted: drop-1.')
    page.browser.until(lambda: page.rows() == [], 'an empty ladder')
    with stomp_frames.Client(broker.port('stomp')):
        page.row('CONNECTED')
    assert page.complaints() == []


def test_time_is_moved_by_a_button(page, broker):
    with stomp_frames.Client(broker.port('stomp'), heart_beat='1000,0') as silent:
        page.until_text('#connections', 'c1')
        page.press('Time +10 s')
        page.said("The broker's time is 10 seconds ahead.")
        with pytest.raises((EOFError, ConnectionError)):
            silent.message()
    page.row('closed')


def test_a_reset_of_somebody_else_empties_the_page(page, broker, client):
    page.row('CONNECTED')
    assert api(broker, 'reset', {})[0] == 200
    page.browser.until(lambda: page.rows() == [], 'an empty ladder')
    assert page.text('#no-rows').startswith('Nothing has passed yet.')


def test_of_much_traffic_the_newest_rows_stay(page, client):
    frames = [f'SEND\ndestination:/queue/a\n\n{n}\0' for n in range(3000)]
    client.raw(''.join(frames).encode())
    page.row('SEND', '"2999"')
    page.browser.until(lambda: page.text('#shown') == '2000', 'a full page')
    assert len(page.rows()) == 2000
    at_end = page.driver.execute_script("""
        const place = document.getElementById('ladder');
        return place.scrollHeight - place.scrollTop - place.clientHeight < 2;""")
    assert at_end, 'it follows what is new'
    assert page.complaints() == []


def test_what_peers_send_is_text(page, client):
    client.send('/queue/' + EVIL, EVIL, {EVIL: EVIL})
    client.subscribe('/topic/' + EVIL)
    page.row('SEND', EVIL)
    page.until_text('#queues', EVIL)
    for button in page.driver.find_elements(By.CSS_SELECTOR, '#rows .open'):
        button.click()
    page.browser.until(lambda: any(EVIL in d.text for d in page.driver.find_elements(
        By.CSS_SELECTOR, '#rows .detail dd')), 'opened rows')
    assert not page.driver.execute_script('return window.hacked')
    assert page.complaints() == []


def test_the_policy_stands_and_the_page_keeps_it(page, broker):
    """A script of another kind is refused, so the empty lists of complaints mean something."""
    page.driver.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
        'document.body.append(s)')
    assert not page.driver.execute_script('return window.hacked')
    assert any('Content Security Policy' in c for c in page.complaints())
    links = [a.get_attribute('href') for a in page.driver.find_elements(By.CSS_SELECTOR, 'nav a')]
    for link in links:
        status = page.driver.execute_async_script(
            'fetch(arguments[0]).then(r => arguments[1](r.status))', link)
        assert status == 200, link


def test_a_broker_that_went_is_noticed(page, broker):
    broker.stop()
    assert page.browser.wait_text('#live', 'no connection')
