"""The walkthrough's eight steps, clicked as a person would. Used by ci/demo and by the tests.

Each step returns its evidence, and raises AssertionError when what it promises is not there.
"""
import base64
import json
import time
import urllib.request

from selenium.webdriver.common.by import By

QUEUE = 'foo'


def frame_octets(payload):
    """What a text frame from a server takes on the wire: header (RFC 6455 5.2) and payload."""
    length = len(payload.encode())
    return length + (2 if length < 126 else 4 if length < 65536 else 10)


class Walkthrough:
    """`browser` walks; the origins are addresses without a path, such as http://localhost:9000."""

    # `exact`: the broker agrees on no extension, so that frames have the octets of their payload.
    def __init__(self, browser, page, console, broker, pictures, exact=True):
        self.exact = exact
        self.browser = browser
        self.driver = browser.driver
        self.page, self.console, self.broker = page, console, broker
        self.pictures = pictures
        self.text = f'Hello from the broker, {time.strftime("%H:%M:%S")} – naïve & <b>bold</b> 😀'

    STEPS = (
        ('admin console: log in, Stream Pumps is empty', 'see_no_pumps'),
        ('broker console: log in, create queue foo', 'create_queue'),
        ('page opens over https', 'open_page'),
        ('page connects', 'see_page_connected'),
        ('Stream Pumps after reload: two pumps', 'see_two_pumps'),
        ('broker console: Send To foo', 'send_message'),
        ('page shows the text within a second', 'see_message'),
        ('pump grew by the octets the broker wrote', 'compare_octets'),
    )

    def run(self):
        """Yields (number, title, evidence) after each step."""
        for number, (title, method) in enumerate(self.STEPS, 1):
            yield number, title, getattr(self, method)()

    # The steps.
    def see_no_pumps(self):
        self.console_tab = self.driver.current_window_handle
        self.browser.log_in(self.console, 'admin', 'membrane', '/admin')
        assert self.browser.status() == 200, f'the console answers {self.browser.status()}'
        self.driver.find_element(By.LINK_TEXT, 'Stream Pumps').click()
        self.browser.until(lambda: self.driver.current_url.endswith('/admin/streams'), 'streams page')
        titles = [e.text for e in self.driver.find_elements(By.CSS_SELECTOR, '#streams th')]
        assert titles == ['Name', 'Service Proxy', 'Creation Time', 'Active Time',
                          'Transferred Bytes'], titles
        rows = self.pump_rows()
        assert not any(r[0].startswith('websocket') for r in rows), rows
        return f'{self.driver.current_url} lists {len(rows)} pumps'

    def create_queue(self):
        self.broker_tab = self.browser.open_tab()
        self.browser.log_in(self.broker, 'admin', 'admin', '/admin/')
        self.driver.find_element(By.LINK_TEXT, 'Queues').click()
        self.browser.until(lambda: 'queues.jsp' in self.driver.current_url, 'queues page')
        form = self.driver.find_element(By.CSS_SELECTOR, 'form[action^="createDestination.action"]')
        form.find_element(By.NAME, 'JMSDestination').send_keys(QUEUE)
        form.find_element(By.CSS_SELECTOR, 'input[type=submit][value=Create]').click()
        row = self.browser.until(lambda: self.queue_row(), f'row of queue {QUEUE}')
        return f'{self.driver.current_url} lists queue {row[0]}'

    def open_page(self):
        self.page_tab = self.browser.open_tab()
        self.driver.get(self.page + '/')
        assert self.driver.title == 'STOMP over WebSocket', self.driver.title
        heading = [e.text for e in self.driver.find_elements(By.TAG_NAME, 'h2')]
        assert 'Messages:' in heading, heading
        return f'{self.driver.current_url} shows "{self.driver.title}"'

    def see_page_connected(self):
        lines = self.browser.until(lambda: self.connected_lines(), 'line "connected."')
        assert lines == ['connecting...', 'connected.'], lines
        assert self.browser.wait_text('#state', 'connected'), 'the page does not show it'
        return f'browser console: {" ".join(lines)}'

    def see_two_pumps(self):
        self.browser.show(self.console_tab)
        self.driver.refresh()
        rows = self.browser.until(lambda: self.pump_rows(), 'stream pump')
        assert len(rows) == 2, rows
        (self.to_broker, *_), (self.to_page, *_) = rows
        start, client, arrow, server = self.to_broker.split(' ')
        assert (start, arrow) == ('websocket', '->') and client.startswith('/127.0.0.1:'), rows
        assert server.startswith('localhost/127.0.0.1:'), rows
        assert self.to_page == f'websocket {client} <- {server}', rows
        assert all(r[1] == '0.0.0.0:4443' for r in rows), rows
        return f'{self.to_broker}; {self.to_page}'

    def send_message(self):
        # From here on frames are compared with the counter; both start at the 101.
        self.before = self.matching_reading()
        self.browser.show(self.broker_tab)
        self.driver.find_element(
            By.XPATH, f'//table[@id="queues"]//tr[normalize-space(td[1])="{QUEUE}"]'
                      '//a[normalize-space()="Send To"]').click()
        self.browser.until(lambda: 'send.jsp' in self.driver.current_url, 'send page')
        area = self.driver.find_element(By.NAME, 'JMSText')
        area.clear()
        # chromedriver cannot type characters beyond the basic plane.
        self.driver.execute_script('arguments[0].value = arguments[1]', area, self.text)
        self.driver.find_element(By.CSS_SELECTOR, 'input[type=submit][value=Send]').click()
        self.sent = time.monotonic()
        self.browser.show(self.page_tab)
        return f'sent "{self.text}"'

    def see_message(self):
        assert self.browser.wait_text('#messages li span', self.text, 1), 'not within a second'
        took = time.monotonic() - self.sent
        bold = self.driver.find_elements(By.CSS_SELECTOR, '#messages b')
        assert not bold, 'the page took the text for HTML'
        return f'shown {took * 1000:.0f} ms after the click on Send'

    def compare_octets(self):
        frames_before, bytes_before = self.before
        frames, after = self.matching_reading(at_least=frames_before + 1)
        new = self.received()[frames_before:frames]
        messages = [p for p in new if p.startswith('MESSAGE')]
        assert len(messages) == 1 and self.text in messages[0], new
        octets = sum(map(frame_octets, new))
        self.take_pictures()
        if not self.exact:
            assert after > bytes_before, (bytes_before, after, new)
            return f'{bytes_before} -> {after}: +{after - bytes_before}'
        assert after - bytes_before == octets, (bytes_before, after, new)
        beats = len(new) - 1
        return (f'{bytes_before} -> {after}: +{octets} = MESSAGE frame of '
                f'{frame_octets(messages[0])} octets' + (f' and {beats} heart-beats' if beats else ''))

    # What the steps look at.
    def pump_rows(self):
        """The table's rows as texts."""
        return self.driver.execute_script(
            "return [...document.querySelectorAll('#streams tbody tr')]"
            ".map(r => [...r.cells].map(c => c.textContent.trim()))")

    def queue_row(self):
        rows = self.driver.execute_script(
            "return [...document.querySelectorAll('#queues tbody tr')]"
            ".map(r => [...r.cells].map(c => c.textContent.trim()))")
        return next((row for row in rows if row[0] == QUEUE), None)

    def connected_lines(self):
        lines = self.browser.console_lines(self.page)
        return lines if 'connected.' in lines else None

    def streams(self):
        """The pumps as JSON: what a monitoring tool would read."""
        request = urllib.request.Request(self.console + '/admin/rest/streams')
        login = base64.b64encode(b'admin:membrane').decode()
        request.add_header('Authorization', f'Basic {login}')
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)['streams']

    def received(self):
        return self.browser.frames(self.page.replace('https', 'wss', 1))

    def matching_reading(self, at_least=1):
        """(number of frames, bytes of the <- pump) at a moment when both agree.

        The two are read one after the other, so a heart-beat may lie between them: then the sum
        of the frames has not reached the counter yet, and we look again.
        """
        def agree():
            self.browser.show(self.page_tab)
            frames = len(self.received())
            count = next(s['bytes'] for s in self.streams() if s['name'] == self.to_page)
            if not self.exact:
                return (frames, count) if frames >= at_least else None
            total = 0
            for number, payload in enumerate(self.received(), 1):
                total += frame_octets(payload)
                if total == count and number >= at_least:
                    return number, count
            return None

        return self.browser.until(agree, 'reading where the pump equals the frames that came')

    def take_pictures(self):
        self.browser.show(self.page_tab)
        self.browser.picture(self.pictures / 'page.png')
        with self.browser.phone():
            self.browser.picture(self.pictures / 'page-phone.png')
        self.browser.show(self.console_tab)
        self.driver.refresh()
        self.browser.until(lambda: len(self.pump_rows()) == 2, 'two stream pumps')
        self.browser.picture(self.pictures / 'stream-pumps.png')
        with self.browser.phone():
            self.browser.picture(self.pictures / 'stream-pumps-phone.png')
