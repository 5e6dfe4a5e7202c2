"""examples/static-site as a person starts it: files, caching, parts, and no way out."""
import http.client

import pytest

import processes
import wire

EXAMPLE = processes.ROOT / 'examples/static-site'


@pytest.fixture
def site(services):
    options = ['--bind', '127.0.0.1', '--map-port=8080=0']
    script = EXAMPLE / 'service-proxy.sh'
    gateway = services(lambda folder: processes.Service('gateway', options, folder, script))
    yield Site(gateway.port('Site'))
    assert gateway.stop() == 0


class Site:
    def __init__(self, port):
        self.port = port

    def ask(self, target, method='GET', **headers):
        """The target goes out as it is written."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=wire.LIMIT)
        try:
            connection.putrequest(method, target)
            for name, value in headers.items():
                connection.putheader(name.replace('_', '-'), value)
            connection.endheaders()
            answer = connection.getresponse()
            return wire.Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def test_page_and_what_it_needs(site):
    page = site.ask('/')
    assert page.status == 200
    assert page.headers['Content-Type'].startswith('text/html')
    assert page.body == (EXAMPLE / 'www/index.html').read_bytes()
    style = site.ask('/site.css')
    assert style.status == 200 and style.headers['Content-Type'].startswith('text/css')


def test_head_tells_the_length_without_the_body(site):
    answer = site.ask('/', 'HEAD')
    assert answer.status == 200 and answer.body == b''
    assert int(answer.headers['Content-Length']) == (EXAMPLE / 'www/index.html').stat().st_size


def test_what_did_not_change_is_not_sent_again(site):
    first = site.ask('/')
    again = site.ask('/', If_None_Match=first.headers['ETag'])
    assert (again.status, again.body) == (304, b'')
    again = site.ask('/', If_Modified_Since=first.headers['Last-Modified'])
    assert (again.status, again.body) == (304, b'')
    assert site.ask('/', If_None_Match='"other"').status == 200


def test_parts_of_a_file(site):
    whole = (EXAMPLE / 'www/numbers.txt').read_bytes()
    part = site.ask('/numbers.txt', Range='bytes=4-11')
    assert (part.status, part.body) == (206, whole[4:12])
    assert part.headers['Content-Range'] == f'bytes 4-11/{len(whole)}'
    part = site.ask('/numbers.txt', Range='bytes=-4', If_Range=part.headers['ETag'])
    assert (part.status, part.body) == (206, whole[-4:])
    behind = site.ask('/numbers.txt', Range=f'bytes={len(whole)}-')
    assert behind.status == 416
    assert behind.headers['Content-Range'] == f'bytes */{len(whole)}'
    assert site.ask('/numbers.txt', Range='bytes=0-1,4-5').body == whole
    assert site.ask('/numbers.txt', Range='bytes=0-1', If_Range='"other"').body == whole


def test_a_folder_is_redirected_to_its_slash(site):
    answer = site.ask('/guide?x=1')
    assert (answer.status, answer.headers['Location']) == (301, '/guide/?x=1')
    assert b'<h1>Guide</h1>' in site.ask('/guide/').body


@pytest.mark.parametrize('target', [
    '/../proxies.xml', '/guide/../../proxies.xml', '/%2e%2e/proxies.xml', '/.%2E/proxies.xml',
    '/..%2fproxies.xml', '/..%5cproxies.xml', '/..\\proxies.xml', '/guide%00.html', '/%zz'])
def test_nothing_leads_out_of_the_folder(site, target):
    answer = site.ask(target)
    assert answer.status == 400
    assert b'webServer' not in answer.body


@pytest.mark.parametrize('target', ['/proxies.xml', '/%252e%252e/proxies.xml', '/.git', '/none'])
def test_what_is_not_there_or_hidden_is_not_found(site, target):
    assert site.ask(target).status == 404
