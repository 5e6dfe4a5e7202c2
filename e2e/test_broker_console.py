"""The broker's console in Chromium: every page and every action, as a person clicks them."""
import contextlib
import json
import urllib.parse

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import processes
import stomp_frames

EVIL = '<script>window.hacked = 1</script>'
ROWS = """
const [selector, at] = arguments;
const table = document.querySelectorAll(selector)[at];
return table ? [...table.tBodies[0].rows].map(r => [...r.cells].map(c => c.innerText.trim())) : null;
"""


class Console:
    """The console as it is clicked. Every page that is left is checked for complaints of the browser."""

    def __init__(self, browser, broker, pictures):
        self.browser = browser
        self.driver = browser.driver
        self.origin = f'http://localhost:{broker.port("console")}'
        self.pictures = pictures
        browser.log_in(self.origin, 'admin', 'admin', '/admin/')

    # Ways.
    def go(self, path):
        self.driver.get(f'{self.origin}/admin/{path}')

    def tab(self, name):
        self.driver.find_element(By.CSS_SELECTOR, f'header nav a[title="{name}"]').click()
        self.browser.until(lambda: self.driver.find_element(
            By.CSS_SELECTOR, 'header nav a[aria-current]').text == name, f'tab {name}')

    def click(self, text, within='main', confirm=False):
        """A link by its text; `confirm` says yes to the question that it asks."""
        self.driver.find_element(By.CSS_SELECTOR, within).find_element(By.LINK_TEXT, text).click()
        if confirm:
            self.browser.until(self.has_alert, 'question')
            self.driver.switch_to.alert.accept()

    def has_alert(self):
        with contextlib.suppress(Exception):
            return bool(self.driver.switch_to.alert.text)
        return False

    def click_in_row(self, table, name, text):
        row = self.driver.execute_script(
            'return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].find('
            'r => r.cells[0].innerText.trim() === arguments[1])', table, name)
        row.find_element(By.LINK_TEXT, text).click()

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.driver.find_element(By.CSS_SELECTOR, f'main form [name="{name}"]')
            if field.tag_name == 'select':
                Select(field).select_by_value(value)
            elif field.get_attribute('type') == 'checkbox':
                field.click()
            else:
                field.clear()
                field.send_keys(value)

    def press(self, label):
        self.driver.find_element(By.CSS_SELECTOR, f'main form input[value="{label}"]').click()

    # What is there.
    def at(self, page):
        self.browser.until(lambda: f'/admin/{page}' in self.driver.current_url, f'page {page}')

    def rows(self, table, number=0):
        return self.driver.execute_script(ROWS, f'#{table}', number)

    def row(self, table, name, number=0):
        return next((r for r in self.rows(table, number) or [] if r[0] == name), None)

    def wait_row(self, table, name, cell, value, number=0):
        """Waits until a cell of that row is `value`, without loading the page."""
        return self.browser.until(
            lambda: (self.row(table, name, number) or {cell: None})[cell] == value,
            f'{value!r} in cell {cell} of {name}')

    def fits(self):
        return self.driver.execute_script(
            'return document.documentElement.scrollWidth <= window.innerWidth')

    def complaints(self):
        """What the browser says about the pages: violations of the policy, errors of scripts."""
        return [e['message'] for e in self.driver.get_log('browser') if e['level'] == 'SEVERE']

    def is_unharmed(self):
        """No script ran that is not ours, and none is there."""
        return self.driver.execute_script(
            'return !window.hacked && [...document.scripts].every(s => s.src)')

    def look(self, name):
        """At desktop and phone width: pictures, and no page that is wider than the screen."""
        assert self.fits(), f'{name} is too wide'
        self.browser.picture(self.pictures / f'{name}.png')
        with self.browser.phone():
            assert self.browser.until(self.fits, f'{name} on a phone')
            self.browser.picture(self.pictures / f'{name}-phone.png')


@pytest.fixture
def broker(services):
    return services(processes.make_broker)


@pytest.fixture
def console(browser, broker, logs):
    return Console(browser, broker, logs)


@pytest.fixture
def client(broker):
    """A STOMP client that subscribes and sends, connected as `me`."""
    with stomp_frames.Client(broker.port('stomp'), client_id='me') as connected:
        yield connected


def test_queue_actions(console):
    """Create, send, browse, pause, resume, purge, delete: each by its link."""
    console.tab('Queues')
    console.fill(JMSDestination='orders')
    console.press('Create')
    console.at('queues.jsp')
    assert console.row('queues', 'orders')[1:5] == ['0', '0', '0', '0']

    console.click_in_row('queues', 'orders', 'Send To')
    console.at('send.jsp')
    console.fill(JMSCorrelationID='c1', JMSPersistent=True, JMSReplyTo='answers', JMSPriority='7',
                 JMSType='order', JMSText='first', JMSMessageCount='3',
                 JMSMessageCountHeader='nr')
    console.press('Send')
    console.at('queues.jsp')
    assert console.row('queues', 'orders')[1] == '3'

    console.click_in_row('queues', 'orders', 'Pause')
    assert console.browser.until(lambda: 'Resume' in console.row('queues', 'orders')[6], 'Resume')
    console.click_in_row('queues', 'orders', 'Resume')
    assert console.browser.until(lambda: 'Pause' in console.row('queues', 'orders')[6], 'Pause')
    console.click_in_row('queues', 'orders', 'Browse')
    console.at('browse.jsp')
    assert len(console.rows('messages')) == 3
    assert console.rows('messages')[0][1:6] == ['c1', 'Persistent', '7', 'false', 'queue://answers']

    console.tab('Queues')
    console.click_in_row('queues', 'orders', 'Purge')
    console.wait_row('queues', 'orders', 1, '0')
    console.click_in_row('queues', 'orders', 'Delete')
    console.browser.until(lambda: not console.row('queues', 'orders'), 'end of the queue')
    assert console.complaints() == []


def test_message_actions(console, client):
    for n in range(4):
        client.send('/queue/from', f'text {n}', {'persistent': 'true', 'color': 'red'})
    client.send('/queue/to', '')
    console.go('browse.jsp?JMSDestination=from')
    console.driver.find_element(By.CSS_SELECTOR, '#messages td a').click()
    console.at('message.jsp')
    assert console.row('properties', 'color') == ['color', 'red']
    assert console.driver.find_element(By.CSS_SELECTOR, 'pre.prettyprint').text == 'text 0'
    console.look('message')

    console.click('Copy')
    console.browser.until(console.has_alert, 'wish for a queue')
    assert console.driver.switch_to.alert.text == 'Please select a value'
    console.driver.switch_to.alert.accept()
    Select(console.driver.find_element(By.ID, 'queue')).select_by_value('to')
    console.click('Copy', confirm=True)
    console.at('browse.jsp')
    assert len(console.rows('messages')) == 4

    console.driver.find_element(By.CSS_SELECTOR, '#messages td a').click()
    console.at('message.jsp')
    Select(console.driver.find_element(By.ID, 'queue')).select_by_value('to')
    console.click('Move', confirm=True)
    console.at('browse.jsp')
    console.browser.until(lambda: len(console.rows('messages')) == 3, 'moved message')
    console.click('Delete', within='#messages', confirm=True)
    console.browser.until(lambda: len(console.rows('messages')) == 2, 'deleted message')
    console.driver.find_element(By.CSS_SELECTOR, '#messages td a').click()
    console.at('message.jsp')
    console.click('Delete', confirm=True)
    console.at('browse.jsp')
    console.browser.until(lambda: len(console.rows('messages')) == 1, 'deleted message')
    console.tab('Queues')
    assert console.row('queues', 'to')[1] == '3'
    assert console.complaints() == []


def test_retry(console, client):
    client.send('/queue/work', 'bad', {'persistent': 'true'})
    subscription = client.subscribe('/queue/work', ack='client-individual')
    client.nack(client.message())
    client.unsubscribe(subscription)
    console.go('browse.jsp?JMSDestination=ActiveMQ.DLQ')
    console.driver.find_element(By.CSS_SELECTOR, '#messages td a').click()
    console.at('message.jsp')
    console.click('Retry', confirm=True)
    console.at('browse.jsp')
    console.browser.until(lambda: console.rows('messages') == [], 'empty dead letter queue')
    console.tab('Queues')
    console.wait_row('queues', 'work', 1, '1')
    assert console.complaints() == []


def test_topics_and_subscribers(console, client):
    console.tab('Topics')
    console.fill(JMSDestination='news')
    console.press('Create')
    console.at('topics.jsp')
    assert console.row('topics', 'news')[1:4] == ['0', '0', '0']
    client.subscribe('/topic/news')
    console.wait_row('topics', 'news', 1, '1')
    console.click_in_row('topics', 'news', 'Active Subscribers')
    console.at('topicSubscribers.jsp')
    assert console.rows('producers')[0][0].split('\n')[0] == 'me'
    console.tab('Topics')
    console.click_in_row('topics', 'news', 'Active Producers')
    console.at('topicProducers.jsp')
    console.tab('Topics')
    console.click_in_row('topics', 'news', 'Send To')
    console.at('send.jsp')
    assert Select(console.driver.find_element(By.ID, 'queue')).first_selected_option.text == 'Topic'
    console.fill(JMSText='extra')
    console.press('Send')
    console.at('topics.jsp')
    assert client.message().body == 'extra'

    console.tab('Subscribers')
    assert console.row('topics', 'me', 2), 'it is no durable one'
    console.fill(clientId='reader', subscriberName='daily', JMSDestination='news',
                 selector="kind = 'x'")
    console.press('Create Durable Topic Subscriber')
    console.wait_row('topics', 'reader', 1, 'daily', 1)  # the same page, with what is new
    assert console.row('topics', 'reader', 1)[1:5] == ['daily', 'NOTSET', 'news', "kind = 'x'"]
    console.look('subscribers')
    console.driver.find_elements(By.ID, 'topics')[1].find_element(By.LINK_TEXT, 'Delete').click()
    console.browser.until(lambda: console.rows('topics', 1) == [], 'end of the subscriber')
    console.tab('Topics')
    console.click_in_row('topics', 'news', 'Delete')
    console.browser.until(lambda: not console.row('topics', 'news'), 'end of the topic')
    assert console.complaints() == []


def test_pages(console, client):
    """Every page that a link leads to, at both widths."""
    client.subscribe('/queue/orders', ack='client')
    for n in range(3):
        client.send('/queue/orders', f'{n}')
    client.send('/queue/' + 'a-long-name.' * 8, '')
    client.send('/topic/news', '')
    names = [a.get_attribute('title')
             for a in console.driver.find_elements(By.CSS_SELECTOR, 'header nav a')]
    assert names == ['Home', 'Queues', 'Topics', 'Subscribers', 'Connections', 'Network',
                     'Scheduled', 'Send']
    for name in names:
        console.tab(name)
        console.look(name.lower())
    console.tab('Connections')
    console.click('me')
    console.at('connection.jsp')
    assert console.row('header', 'Connection ID') == ['Connection ID', 'me']
    console.look('connection')
    console.click('orders')
    console.at('browse.jsp')
    console.look('browse')
    console.click('View Consumers')
    console.at('queueConsumers.jsp')
    assert console.rows('messages')[0][6] == '3'
    console.look('consumers')
    console.tab('Queues')
    console.click_in_row('queues', 'orders', 'Active Producers')
    console.at('queueProducers.jsp')
    console.click('Graph', within='footer')
    console.at('queueGraph.jsp')
    console.look('graph')
    console.driver.back()
    for feed, mark in (('xml/queues.jsp', '<queue name="orders">'),
                       ('xml/topics.jsp', '<topic name="news ">'),
                       ('xml/subscribers.jsp', '<subscribers>'),
                       ('queueBrowse/orders?view=rss&feedType=rss_2.0', '<rss '),
                       ('queueBrowse/orders?view=rss&feedType=atom_1.0', '<feed ')):
        assert mark in fetched(console, feed), feed
    assert console.complaints() == []
    console.go('nothing.jsp')
    assert 'Page Not Found!' in console.driver.find_element(By.TAG_NAME, 'main').text


def fetched(console, path):
    """What the page's own script gets."""
    return console.driver.execute_async_script(
        'fetch("/admin/" + arguments[0]).then(r => r.text()).then(arguments[1])', path)


def test_script_tags_are_text(console, client):
    """In the name of a queue, a header, a body, a client: shown, and never run."""
    client.send('/queue/' + EVIL, EVIL, {'color': EVIL, 'correlation-id': EVIL})
    client.subscribe('/topic/' + EVIL)
    quoted = urllib.parse.quote(EVIL, safe='')
    console.tab('Queues')
    assert console.row('queues', EVIL)[1] == '1'
    client.send('/queue/' + EVIL, 'again')
    console.wait_row('queues', EVIL, 1, '2')  # a live update
    assert console.is_unharmed()
    for path in (f'browse.jsp?JMSDestination={quoted}', f'send.jsp?JMSDestination={quoted}',
                 f'queues.jsp?QueueFilter={quoted}', f'queueConsumers.jsp?JMSDestination={quoted}',
                 'topics.jsp', 'queueGraph.jsp', 'subscribers.jsp'):
        console.go(path)
        assert console.is_unharmed(), path
    console.go(f'browse.jsp?JMSDestination={quoted}')
    assert console.rows('messages')[0][1] == EVIL
    console.driver.find_element(By.CSS_SELECTOR, '#messages td a').click()
    console.at('message.jsp')
    assert console.row('properties', 'color') == ['color', EVIL]
    assert console.driver.find_element(By.CSS_SELECTOR, 'pre.prettyprint').text == EVIL
    assert console.is_unharmed()
    assert console.complaints() == []


def test_live(console, client):
    """Counters, new rows and gone ones, without a reload; not one request for a page."""
    client.send('/queue/orders', '1')
    console.tab('Queues')
    console.browser.wait_text('#live', 'live')
    console.driver.execute_script('window.sameDocument = true')
    client.send('/queue/orders', '2')
    console.wait_row('queues', 'orders', 1, '2')
    client.send('/queue/fresh', '1')
    console.wait_row('queues', 'fresh', 1, '1')
    client.subscribe('/queue/fresh')
    client.message()
    console.wait_row('queues', 'fresh', 4, '1')
    assert console.driver.execute_script('return window.sameDocument')
    asked = console.driver.execute_script(
        "return performance.getEntriesByType('resource').map(e => e.name)")
    assert any('/admin/live/queues' in name for name in asked)
    assert not [name for name in asked if '.jsp' in name], asked

    head = console.driver.find_element(By.CSS_SELECTOR, '#queues th:nth-child(2)')
    head.click()
    assert [r[1] for r in console.rows('queues')] == ['0', '2']
    head.click()
    assert [r[1] for r in console.rows('queues')] == ['2', '0']
    assert console.complaints() == []


def test_two_tabs(console):
    """The form of one tab works after the other has loaded pages."""
    console.tab('Queues')
    first = console.driver.current_window_handle
    console.browser.open_tab()
    for page in ('queues.jsp', 'topics.jsp', 'send.jsp'):
        console.go(page)
    console.fill(JMSDestination='from-second')
    console.press('Send')
    console.at('queues.jsp')
    console.browser.show(first)
    console.fill(JMSDestination='from-first')
    console.press('Create')
    console.at('queues.jsp')
    console.browser.until(lambda: console.row('queues', 'from-first'), 'new queue')
    assert console.row('queues', 'from-second')
    assert console.complaints() == []


def test_user_role(browser, broker):
    """The login `user` sees and does not act."""
    origin = f'http://localhost:{broker.port("console")}'
    browser.log_in(origin, 'user', 'user', '/admin/queues.jsp')
    driver = browser.driver
    driver.find_element(By.CSS_SELECTOR, 'main form [name=JMSDestination]').send_keys('mine')
    driver.find_element(By.CSS_SELECTOR, 'main form input[value=Create]').click()
    browser.until(lambda: 'createDestination.action' in driver.current_url, 'answer')
    assert browser.status() == 403
    driver.get(origin + '/admin/queues.jsp')
    assert browser.status() == 200
    state = driver.execute_async_script(
        'fetch("/admin/logout.jsp").then(r => r.text().then(t => '
        'arguments[0](JSON.stringify([r.status, t.includes("You have been logout")]))))')
    assert json.loads(state) == [401, True]
