"""The broker's console, clicked through in a real browser: every page and every action."""
import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import processes
import wire

SCRIPT = '<script>document.title="owned"</script>'
PAGES = ('index', 'queues', 'topics', 'subscribers', 'connections', 'network', 'scheduled', 'send',
         'browse', 'message', 'queueConsumers', 'queueProducers', 'topicSubscribers',
         'topicProducers', 'connection', 'logout')


class Console:
    def __init__(self, browser, broker):
        self.browser = browser
        self.driver = browser.driver
        self.origin = f'http://127.0.0.1:{broker.port("console")}'
        self.stomp = broker.port('stomp')
        browser.log_in(self.origin, 'admin', 'admin', '/admin/')

    def open(self, page):
        self.driver.get(f'{self.origin}/admin/{page}')

    def tab(self, label):
        """By the menu, as a person goes."""
        self.driver.find_element(By.CSS_SELECTOR, 'nav').find_element(By.LINK_TEXT, label).click()
        return self

    def at(self, page):
        self.browser.until(lambda: f'/admin/{page}' in self.driver.current_url
                           and self.driver.execute_script('return document.readyState') == 'complete',
                           page)
        return self

    def fill(self, form, **fields):
        """Fills in the form whose action is `form`, and sends it."""
        element = self.driver.find_element(By.CSS_SELECTOR, f'form[action="{form}"]')
        for name, text in fields.items():
            field = element.find_element(By.NAME, name)
            if field.tag_name == 'select':
                Select(field).select_by_value(text)
            else:
                field.clear()
                field.send_keys(text)
        element.find_element(By.CSS_SELECTOR, '[type=submit]').click()

    def cells(self, table, first):
        """The texts of the row whose first cell is `first`; none when there is none. In one go,
        since the page changes while one looks."""
        return self.driver.execute_script("""
            const rows = [...document.querySelectorAll(`#${arguments[0]} tbody tr`)];
            const row = rows.find(r => r.cells[0].textContent.trim() === arguments[1]);
            return row ? [...row.cells].map(c => c.textContent.trim()) : [];""", table, first)

    def wait_cells(self, table, first, *numbers):
        expected = [first, *numbers]
        self.browser.until(lambda: self.cells(table, first)[:len(expected)] == expected,
                           f'row {expected}')

    def operate(self, table, first, label):
        """Clicks on a link in the row of `first`."""
        self.driver.execute_script("""
            const rows = [...document.querySelectorAll(`#${arguments[0]} tbody tr`)];
            const row = rows.find(r => r.cells[0].textContent.trim().startsWith(arguments[1]));
            [...row.querySelectorAll('a')].find(a => a.textContent === arguments[2]).click();""",
                                   table, first, label)

    def text(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def send(self, to, body, **fields):
        self.tab('Send').at('send.jsp').fill('sendMessage.action', JMSDestination=to, JMSText=body,
                                             **fields)


@pytest.fixture
def broker(services):
    return services(processes.make_broker)


@pytest.fixture
def console(browser, broker):
    shown = Console(browser, broker)
    yield shown
    complaints = [e['message'] for e in browser.driver.get_log('browser')
                  if e['level'] == 'SEVERE' and 'Content Security Policy' in e['message']]
    assert complaints == []


def test_queue_is_made_filled_paused_resumed_purged_and_deleted(console):
    console.tab('Queues').at('queues.jsp').fill('createDestination.action', JMSDestination='foo')
    console.at('queues.jsp').wait_cells('queues', 'foo', '0', '0', '0', '0')
    console.operate('queues', 'foo', 'Send To')
    console.at('send.jsp').fill('sendMessage.action', JMSText='hello')
    console.at('queues.jsp').wait_cells('queues', 'foo', '1', '0', '1', '0')
    console.operate('queues', 'foo', 'Pause')
    console.browser.until(lambda: console.cells('queues', 'foo paused'), 'paused queue')
    console.operate('queues', 'foo', 'Resume')
    console.browser.until(lambda: console.cells('queues', 'foo'), 'resumed queue')
    console.operate('queues', 'foo', 'Purge')
    console.browser.until(lambda: console.cells('queues', 'foo')[1:2] == ['0'], 'purged queue')
    console.fill('queues.jsp', QueueFilter='BAR')
    console.at('queues.jsp?QueueFilter=BAR')
    assert console.text('.none') == 'No queue has this in its name.'
    console.tab('Queues').at('queues.jsp').operate('queues', 'foo', 'Delete')
    console.browser.until(lambda: not console.cells('queues', 'foo'), 'deleted queue')


def test_message_is_browsed_copied_moved_deleted(console):
    console.send('foo', 'one', JMSCorrelationID='c1', JMSType='t1', JMSMessageCount='2')
    console.at('queues.jsp').wait_cells('queues', 'foo', '2')
    console.operate('queues', 'foo', 'Browse')
    console.at('browse.jsp')
    first, second = [e.text for e in console.driver.find_elements(
        By.CSS_SELECTOR, '#messages tbody td:first-child a')]
    console.driver.find_element(By.LINK_TEXT, first).click()
    console.at('message.jsp')
    assert console.text('pre.prettyprint') == 'one'
    assert 'JMSXMessageCounter' in console.text('#properties')
    assert all(word in console.text('#header') for word in ('c1', 't1', first, 'queue://foo'))
    console.fill('copyMessage.action', destination='copy')
    console.at('browse.jsp').driver.find_element(By.LINK_TEXT, first).click()
    console.at('message.jsp').fill('moveMessage.action', destination='moved')
    console.at('browse.jsp').driver.find_element(By.LINK_TEXT, second).click()
    console.at('message.jsp').fill('deleteMessage.action')
    console.at('browse.jsp')
    console.browser.until(lambda: console.text('.none') == 'No message waits here.', 'empty queue')
    console.tab('Queues').at('queues.jsp').wait_cells('queues', 'copy', '1')
    console.wait_cells('queues', 'moved', '1')
    console.operate('queues', 'copy', 'Browse')
    console.at('browse.jsp').operate('messages', first, 'Delete')
    console.browser.until(lambda: not console.cells('messages', first), 'deleted message')


def test_dead_letter_is_retried(console):
    with wire.Stomp(console.stomp) as consumer:
        consumer.say('SUBSCRIBE\nid:1\ndestination:/queue/foo\nack:client\n\n')
        consumer.say('SEND\ndestination:/queue/foo\npersistent:true\n\nbad')
        ack = re.search(r'^ack:(.*)$', consumer.hear(), re.M)[1]
        consumer.say(f'NACK\nid:{ack}\nreceipt:refused\n\n')
        assert 'refused' in consumer.hear()
        consumer.say('UNSUBSCRIBE\nid:1\nreceipt:gone\n\n')
        assert 'gone' in consumer.hear()
    console.tab('Queues').at('queues.jsp').operate('queues', 'ActiveMQ.DLQ', 'Browse')
    console.at('browse.jsp')
    assert console.driver.find_elements(By.LINK_TEXT, 'Retry')
    console.driver.find_element(By.CSS_SELECTOR, '#messages tbody td:first-child a').click()
    console.at('message.jsp').fill('retryMessage.action')
    console.at('browse.jsp')
    console.tab('Queues').at('queues.jsp').wait_cells('queues', 'foo', '1')
    console.wait_cells('queues', 'ActiveMQ.DLQ', '0')


def test_topics_and_their_subscribers(console):
    console.tab('Topics').at('topics.jsp').fill('createDestination.action', JMSDestination='news')
    console.at('topics.jsp').wait_cells('topics', 'news', '0', '0', '0')
    console.operate('topics', 'news', 'Active Subscribers')
    console.at('topicSubscribers.jsp').driver.back()
    console.at('topics.jsp').operate('topics', 'news', 'Active Producers')
    console.at('topicProducers.jsp').driver.back()
    console.at('topics.jsp').operate('topics', 'news', 'Send To')
    console.at('send.jsp').fill('sendMessage.action', JMSText='x')
    console.at('topics.jsp').wait_cells('topics', 'news', '0', '1')
    console.tab('Subscribers').at('subscribers.jsp').fill(
        'createSubscriber.action', clientId='client', subscriberName='name', JMSDestination='news')
    console.at('subscribers.jsp').wait_cells('topics', 'client', 'name', 'NOTSET', 'news')
    console.operate('topics', 'client', 'Delete')
    console.browser.until(lambda: not console.cells('topics', 'client'), 'deleted subscriber')
    console.tab('Topics').at('topics.jsp').operate('topics', 'news', 'Delete')
    console.browser.until(lambda: not console.cells('topics', 'news'), 'deleted topic')


def test_tables_change_while_one_looks(console):
    console.tab('Queues').at('queues.jsp')
    console.driver.execute_script('window.stays = true')
    with wire.Stomp(console.stomp) as client:
        client.say('SUBSCRIBE\nid:1\ndestination:/queue/live\n\n')
        client.say('SEND\ndestination:/queue/live\n\nx')
        console.wait_cells('queues', 'live', '0', '1', '1', '1')
        assert console.driver.execute_script('return window.stays'), 'the page was not loaded again'
        console.operate('queues', 'live', 'Active Consumers')
        console.at('queueConsumers.jsp')
        assert '1000' in console.text('#messages')
        console.tab('Connections').at('connections.jsp')
        console.driver.find_element(By.CSS_SELECTOR, '#connections tbody a').click()
        console.at('connection.jsp')
        assert '/queue/live' in console.text('#consumers')
    console.tab('Connections').at('connections.jsp')
    console.browser.until(
        lambda: 'Nobody is connected.' in console.text('#live'), 'end of the connection')


def test_script_tags_are_text_wherever_they_come_from(console):
    console.tab('Queues').at('queues.jsp').fill('createDestination.action', JMSDestination=SCRIPT)
    console.at('queues.jsp').wait_cells('queues', SCRIPT, '0')
    console.operate('queues', SCRIPT, 'Send To')
    console.at('send.jsp').fill('sendMessage.action', JMSText=SCRIPT, JMSCorrelationID=SCRIPT,
                                JMSType=SCRIPT)
    console.at('queues.jsp').wait_cells('queues', SCRIPT, '1')
    console.operate('queues', SCRIPT, 'Browse')
    console.at('browse.jsp')
    assert SCRIPT in console.text('#messages')
    assert console.driver.title == f'localhost : Browse {SCRIPT}'
    console.driver.find_element(By.CSS_SELECTOR, '#messages tbody td:first-child a').click()
    console.at('message.jsp')
    assert console.text('pre.prettyprint') == SCRIPT
    assert 'owned' != console.driver.title


def test_two_tabs_work_side_by_side(console):
    first = console.driver.current_window_handle
    console.tab('Queues').at('queues.jsp')
    console.browser.open_tab()
    console.open('queues.jsp')
    console.browser.show(first)
    console.fill('createDestination.action', JMSDestination='mine')
    console.at('queues.jsp').wait_cells('queues', 'mine', '0')


def test_every_page_fits_a_phone(console, logs):
    console.send('foo', 'x' * 300, JMSCorrelationID='c' * 120)
    console.at('queues.jsp').operate('queues', 'foo', 'Browse')
    identity = console.at('browse.jsp').driver.find_element(
        By.CSS_SELECTOR, '#messages tbody a').get_attribute('href').split('?')[1]
    for page in PAGES:
        query = identity if page == 'message' else 'JMSDestination=foo'
        console.open(f'{page}.jsp?{query}')
        assert console.browser.status() == 200, page
        console.browser.picture(logs / f'{page}.png')
        with console.browser.phone():
            console.browser.picture(logs / f'{page}-phone.png')
            overflow = console.driver.execute_script(
                'return document.documentElement.scrollWidth - window.innerWidth')
        assert overflow <= 0, f'{page} is {overflow} pixels too wide'


def test_feeds_are_read_by_programs(broker):
    origin = f'http://127.0.0.1:{broker.port("console")}/admin'
    with wire.Stomp(broker.port('stomp')) as client:
        client.say('SEND\ndestination:/queue/foo\nreceipt:1\n\nhello')
        assert 'RECEIPT' in client.hear()
    queues = wire.get(f'{origin}/xml/queues.jsp', login='admin:admin')
    assert re.search(rb'<queue name="foo"', queues.body)
    feed = wire.get(f'{origin}/queueBrowse/foo?view=rss&feedType=rss_2.0', login='admin:admin')
    assert feed.headers['Content-Type'] == 'application/rss+xml;charset=utf-8'
    assert b'<description>hello</description>' in feed.body
