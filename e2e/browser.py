"""Debian's Chromium, headless, in a process group of its own that cannot outlive its owner."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chromium.remote_connection import ChromiumRemoteConnection
from selenium.webdriver.support.ui import WebDriverWait

# chromedriver leaves its browsers behind when it is killed. So a shell leads the group and ends
# all of it as soon as its standard input closes, which also happens when we die.
GUARD = '/usr/bin/chromedriver --port=0 </dev/null & read _; kill -KILL 0'
LIMIT = 10  # seconds for anything a page does

OBSERVE = """
const [selector, text, limit, done] = arguments;
const shown = () => [...document.querySelectorAll(selector)].some(e => e.textContent === text);
if (shown()) { done(true); return; }
let timer;
const observer = new MutationObserver(() => {
  if (!shown()) return;
  observer.disconnect(); clearTimeout(timer); done(true);
});
observer.observe(document, { subtree: true, childList: true, characterData: true });
timer = setTimeout(() => { observer.disconnect(); done(false); }, limit * 1000);
"""


class Browser:
    """One Chromium with what the tests need; everything else is in `driver`."""

    def __init__(self, driver):
        self.driver = driver
        self._lines = []
        self._frames = []
        self._sockets = {}

    # Tabs and pages.
    def open_tab(self):
        self.driver.switch_to.new_window('tab')
        return self.driver.current_window_handle

    def show(self, tab):
        self.driver.switch_to.window(tab)

    def until(self, condition, what, limit=LIMIT):
        """Polls `condition` (no arguments) until it is true; its value."""
        return WebDriverWait(self.driver, limit, 0.02).until(lambda _: condition(), f'no {what}')

    def wait_text(self, selector, text, limit=LIMIT):
        """Whether an element with exactly this text is there within `limit` seconds."""
        self.driver.set_script_timeout(limit + 5)
        return self.driver.execute_async_script(OBSERVE, selector, text, limit)

    def log_in(self, origin, user, password, path):
        """HTTP Basic, so that script, forms and other tabs have it too."""
        scheme, rest = origin.split('://')
        self.driver.get(f'{scheme}://{user}:{password}@{rest}{path}')
        self.driver.get(origin + path)

    def status(self):
        """The HTTP status of the page that is shown."""
        return self.driver.execute_script(
            "return performance.getEntriesByType('navigation')[0].responseStatus")

    # What the page said and what its WebSockets carried.
    def console_lines(self, origin):
        """Everything a page of `origin` has logged so far, in order."""
        for entry in self.driver.get_log('browser'):
            if entry['source'] != 'console-api':
                continue
            match = re.match(r'(\S+) \d+:\d+ (.*)', entry['message'], re.S)
            with contextlib.suppress(ValueError):
                self._lines.append((match[1], json.loads(match[2])))
        return [line for url, line in self._lines if url.startswith(origin)]

    def _read_network(self):
        for entry in self.driver.get_log('performance'):
            message = json.loads(entry['message'])['message']
            name, values = message['method'], message['params']
            if name == 'Network.webSocketCreated':
                self._sockets[values['requestId']] = values['url']
            if name in ('Network.webSocketFrameReceived', 'Network.webSocketFrameSent'):
                self._frames.append((values['requestId'], name.endswith('Received'),
                                     values['response']))

    def frames(self, url_prefix, received=True):
        """Payloads of the text frames of the newest WebSocket to `url_prefix`, in order."""
        self._read_network()
        mine = [i for i, url in self._sockets.items() if url.startswith(url_prefix)]
        return [f['payloadData'] for i, way, f in self._frames
                if mine and i == mine[-1] and way == received and f['opcode'] == 1]

    # Pictures.
    def picture(self, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not self.driver.save_screenshot(str(file)):
            raise OSError(f'no screenshot at {file}')

    def command(self, name, **parameters):
        return self.driver.execute('executeCdpCommand', {'cmd': name, 'params': parameters})['value']

    @contextlib.contextmanager
    def phone(self):
        """The tab looks as on a small phone."""
        self.command('Emulation.setDeviceMetricsOverride', width=360, height=740,
                     deviceScaleFactor=2, mobile=True)
        try:
            yield
        finally:
            self.command('Emulation.clearDeviceMetricsOverride')


def _options():
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    options.add_argument('--headless=new')
    options.add_argument('--window-size=1280,900')
    # Nothing but this machine: the browser's own requests fail inside it.
    options.add_argument('--host-resolver-rules='
                         'MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1')
    if os.geteuid() == 0:
        options.add_argument('--no-sandbox')
    options.accept_insecure_certs = True
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    return options


def _driver_port(group):
    for line in group.stdout:
        found = re.search(r'started successfully on port (\d+)', line)
        if found:
            return int(found[1])
    raise RuntimeError('chromedriver did not start')


def _wait_for_end_of(group):
    """Kills whatever is left of the group and waits until it is gone."""
    group.stdin.close()
    group.wait()
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        try:
            os.killpg(group.pid, 9)
        except (ProcessLookupError, PermissionError):
            return
        os.sched_yield()


@contextlib.contextmanager
def chromium():
    home = tempfile.mkdtemp(prefix='pumphouse-browser-')
    group = subprocess.Popen(['sh', '-c', GUARD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, start_new_session=True,
                             env={**os.environ, 'HOME': home, 'TMPDIR': home})
    try:
        connection = ChromiumRemoteConnection(f'http://127.0.0.1:{_driver_port(group)}', 'goog',
                                              'chrome')
        driver = webdriver.Remote(command_executor=connection, options=_options())
        try:
            yield Browser(driver)
        finally:
            driver.quit()
    finally:
        _wait_for_end_of(group)
        group.stdout.close()
        shutil.rmtree(home, ignore_errors=True)
