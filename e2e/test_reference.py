"""The reference that `gateway reference` prints: in the repository it is the same, the XML Schema takes
what the gateway takes, and refuses what it refuses."""
import re
import subprocess

import pytest

import processes

DOCS = processes.ROOT / 'docs'
SCHEMA = DOCS / 'schema'
REFERENCE = {DOCS / 'configuration.md': '--markdown', SCHEMA / 'proxies-1.xsd': '--xsd',
             SCHEMA / 'spring-beans.xsd': '--xsd-envelope'}


def run(*command):
    return subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=30)


def reference(*options):
    return run(processes.BINARIES / 'gateway', 'reference', *options)


def envelope(beans):
    return ('<spring:beans xmlns="http://membrane-soa.org/proxies/1/" '
            f'xmlns:spring="http://www.springframework.org/schema/beans">{beans}</spring:beans>')


def in_a_router(inside):
    return envelope(f'<router>{inside}</router>')


def in_a_flow(elements):
    return in_a_router(f'<serviceProxy port="8080">{elements}</serviceProxy>')


def validate(file):
    """(valid, what xmllint says)"""
    result = run('xmllint', '--noout', '--schema', SCHEMA / 'proxies-1.xsd', file)
    assert result.returncode in (0, 3), result.stderr
    return result.returncode == 0, result.stderr


def judge(file):
    """The same of the gateway, which also looks for files that the configuration names."""
    result = run(processes.BINARIES / 'gateway', '-t', file)
    assert result.returncode in (0, 2), result.stderr
    return result.returncode == 0, result.stderr


@pytest.mark.parametrize('file', REFERENCE, ids=lambda file: file.name)
def test_the_repository_has_what_the_program_prints(file):
    result = reference(REFERENCE[file])
    assert (result.returncode, result.stderr) == (0, '')
    assert file.read_text() == result.stdout, 'run ci/reference'


def test_markdown_is_what_is_printed_when_nothing_is_asked_for():
    assert reference().stdout == reference('--markdown').stdout


@pytest.mark.parametrize('wrong', [('--markdown', '--xsd'), ('--xsd', '--xsd-envelope'), ('--pdf',)])
def test_a_wrong_choice_is_an_error_of_usage(wrong):
    result = reference(*wrong)
    assert (result.returncode, result.stdout) == (2, '')


def elements():
    """{name: its section} of the elements in docs/configuration.md."""
    parts = re.split(r'^### (.+)$', (DOCS / 'configuration.md').read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def examples():
    return {name: found[1] for name, text in elements().items()
            if (found := re.search(r'```xml\n(.*?)```', text, re.S))}


def test_links_within_the_reference_lead_somewhere():
    text = (DOCS / 'configuration.md').read_text()
    headings = {re.sub(r'[^\w -]', '', h).lower().replace(' ', '-')
                for h in re.findall(r'^#+ (.+)$', text, re.M)}
    assert headings >= set(re.findall(r'\]\(#([^)]+)\)', text))


# A flow around what cannot stand there by itself.
FRAMES = {'wsLog', 'wsStompReassembler'}


@pytest.mark.parametrize('name', examples())
def test_each_example_is_taken_by_schema_and_gateway(name, tmp_path):
    (tmp_path / 'www').mkdir()
    (tmp_path / 'page.html').write_text('x')
    text = examples()[name]
    if name in FRAMES:
        text = f'<webSocket>{text}</webSocket>'
    file = tmp_path / 'proxies.xml'
    whole = in_a_flow(text)
    if name == 'stompClient':
        whole = in_a_router(f'<stompProxy>{text}</stompProxy>')
    file.write_text(whole)
    assert validate(file)[0], validate(file)[1]
    assert judge(file)[0], judge(file)[1]


SAMPLES = [*sorted(processes.ROOT.glob('examples/*/*.xml')),
           processes.ROOT / 'tests/fuzz/corpus/xml_loader/example']


@pytest.mark.parametrize('file', SAMPLES, ids=lambda file: f'{file.parent.name}/{file.name}')
def test_the_schema_takes_each_sample(file):
    assert validate(file)[0], validate(file)[1]


GOOD = [
    in_a_router(''),
    envelope('<log id="a"/><router><serviceProxy><interceptor refid="a"/></serviceProxy></router>'),
    in_a_flow('<log body="NO" level="info"/>'),
    in_a_flow('<return statusCode="201"/>'),
    in_a_flow('<static location="page.html"/>'),
    in_a_flow('<static><![CDATA[<b>]]></static>'),
    in_a_flow('<setHeader id="x" name="A" value="${method}"/><request><log/></request>'),
    in_a_flow('<target url="HTTP://localhost:${1 + 1}/"/>'),
    in_a_flow('<path isRegExp="true">/a.*</path><log/>').replace('8080', "#{'8080'}"),
    in_a_flow('<basicAuthentication><user username="a" password="b" group="c"/></basicAuthentication>'),
    in_a_router('<internal name="a"><static>x</static></internal><serviceProxy>'
                '<destination url="internal://a"/></serviceProxy>'),
]


@pytest.mark.parametrize('text', GOOD)
def test_schema_and_gateway_take_what_is_right(text, tmp_path):
    (tmp_path / 'page.html').write_text('x')
    file = tmp_path / 'proxies.xml'
    file.write_text(text)
    assert validate(file)[0], validate(file)[1]
    assert judge(file)[0], judge(file)[1]


WRONG = {
    'no router\'s namespace': '<router/>',
    'another root': '<router xmlns="http://membrane-soa.org/proxies/2/"/>',
    'a target beside the router': envelope('<router/><target host="a"/>'),
    'an unknown element beside the router': envelope('<router/><lock/>'),
    'text beside the router': envelope('text<router/>'),
    'an unknown child of the router': in_a_router('<serviceproxy/>'),
    'text in the router': in_a_router('text'),
    'transport before httpClientConfig': in_a_router('<transport/><httpClientConfig/>'),
    'two transports': in_a_router('<transport/><transport/>'),
    'global behind a proxy': in_a_router('<serviceProxy/><global/>'),
    'no name': in_a_router('<internal/>'),
    'a misspelled attribute': in_a_router('<serviceProxy prt="80"/>'),
    'an attribute in the wrong case': in_a_router('<serviceProxy Port="80"/>'),
    'a port of text': in_a_router('<serviceProxy port="http"/>'),
    'a port too large': in_a_router('<serviceProxy port="65536"/>'),
    'port 0': in_a_router('<serviceProxy port="0"/>'),
    'a port with a sign': in_a_router('<serviceProxy port="+80"/>'),
    'a port with a fraction': in_a_router('<serviceProxy port="80.0"/>'),
    'no boolean': in_a_router('<configuration production="maybe"/>'),
    'an empty boolean': in_a_router('<configuration production=""/>'),
    'a choice that is none': in_a_flow('<log level="LOUD"/>'),
    'an unknown element': in_a_flow('<logg/>'),
    'an element in the wrong case': in_a_flow('<Log/>'),
    'a part of another element': in_a_flow('<user name="a" password="b"/>'),
    'a path behind the flow': in_a_flow('<log/><path>/a</path>'),
    'two targets': in_a_flow('<target host="a"/><target host="b"/>'),
    'an element behind the target': in_a_flow('<target host="a"/><log/>'),
    'text in a flow': in_a_flow('text'),
    'an empty path': in_a_flow('<path/>'),
    'blanks for a path': in_a_flow('<path>  </path>'),
    'no test': in_a_flow('<if><log/></if>'),
    'an empty test': in_a_flow('<if test=""><log/></if>'),
    'no case': in_a_flow('<choose><otherwise/></choose>'),
    'a case behind otherwise': in_a_flow('<choose><case test="true"/><otherwise/><case test="true"/></choose>'),
    'a status out of range': in_a_flow('<return status="600"/>'),
    'a URL for WebSockets': in_a_flow('<webSocket url="ws://localhost:61614/"/>'),
    'a URL without a host': in_a_flow('<webSocket url="http:///x"/>'),
    'a log in a webSocket': in_a_flow('<webSocket><log/></webSocket>'),
    'a webServer on STOMP frames':
        in_a_flow('<webSocket><wsStompReassembler><webServer docBase="."/></wsStompReassembler></webSocket>'),
    'no users': in_a_flow('<basicAuthentication/>'),
    'no password': in_a_flow('<basicAuthentication><user name="a"/></basicAuthentication>'),
    'an element of Membrane that is refused': in_a_flow('<soapBody/>'),
    'an attribute of Membrane that is refused':
        in_a_flow('<ssl><keystore location="a" provider="b"/></ssl>'),
    'a key without its certificate': in_a_flow('<ssl><key><private>x</private></key></ssl>'),
    'markup in text': in_a_flow('<static><b>x</b></static>'),
}


@pytest.mark.parametrize('what', WRONG)
def test_schema_and_gateway_refuse_what_is_wrong(what, tmp_path):
    file = tmp_path / 'proxies.xml'
    file.write_text(WRONG[what])
    assert not validate(file)[0], 'the schema takes it'
    assert not judge(file)[0], 'the gateway takes it'


def test_the_page_on_adding_an_element_shows_what_is_in_the_sources():
    page = (DOCS / 'adding-an-element.md').read_text()
    source = ''.join((processes.ROOT / 'gateway/elements' / name).read_text()
                     for name in ('set_header.cpp', 'attributes.cpp'))
    pieces = re.findall(r'```cpp\n(.*?)```', page, re.S)
    assert len(pieces) == 4
    for piece in pieces:
        assert piece in source


def test_the_page_on_adding_an_element_shows_the_error_that_comes(tmp_path):
    page = (DOCS / 'adding-an-element.md').read_text()
    error = re.search(r'```\n(proxies\.xml:.*?)```', page, re.S)[1]
    place, element, _ = error.split('\n', 2)
    line = int(place.split(':')[1])
    file = tmp_path / 'proxies.xml'
    file.write_text(in_a_flow('\n' * (line - 1) + element + '\n'))
    assert judge(file)[1] == error
